import { readFileSync } from 'node:fs';

/** The event beside this file. */
export function sample(name) {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url)));
}
