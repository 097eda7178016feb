import { readFileSync } from 'node:fs';

/** The event in events/, taken for a T. */
export function sample<T>(name: string): T {
  const path = new URL(`../../events/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
