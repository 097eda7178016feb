import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';

const folder = process.argv[2]; // where the clients are
const [{ open }, cached, queued, stored] = await Promise.all(
  ['database', 'cache', 'outbox', 'objects'].map((name) => import(`${folder}/${name}.SUFFIX`)),
);
const [database, cache, outbox, objects] = [
  await open(), await cached.connect(), await queued.connect(), await stored.connect(),
];

function check(holds, what) {
  if (!holds) throw new Error(what);
}

const steps = {
  async write(key) {
    check(await database.once(`w${key}`, () => database.put(key, { from: key }, 0)), 'database: done before');
    check(await cache.once(`w${key}`, async () => {}), 'cache: done before');
    await cache.put(key, { from: key }, 60);
    await outbox.send({ from: key });
    await objects.put(key, Buffer.from(key), undefined);
  },

  async read(key) {
    check(isDeepStrictEqual(await database.get(key), { value: { from: key }, version: 1 }), 'database: another item');
    check(!(await database.once(`w${key}`, async () => {})), 'database: not done');
    check(isDeepStrictEqual(await cache.get(key), { from: key }), 'cache: another value');
    check(!(await cache.once(`w${key}`, async () => {})), 'cache: not done');
    const taken = await outbox.take();
    check(isDeepStrictEqual(taken?.data, { from: key }), `outbox: ${JSON.stringify(taken)}`);
    await outbox.done(taken);
    check(Buffer.from((await objects.get(key)).data ?? '').toString() === key, 'objects: another object');
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [step, key] = line.split(' ');
  try {
    await steps[step](key);
    console.log('ok');
  } catch (problem) {
    console.log(String(problem).replaceAll('\n', ' '));
  }
}
process.exit(0);
