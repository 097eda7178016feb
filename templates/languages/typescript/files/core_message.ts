// What the function does. It knows no cloud: the adapters beside it call it.

/** One unit of work, whatever brought it. */
export interface Message {
  /** The same each time it is delivered: what to key idempotency by. */
  id: string;
  source: string;
  data: unknown;
}

/** Says what was done. */
export interface Done {
  id: string;
  source: string;
  fields: string[];
}

/** A message that no retry can mend. */
export class InvalidMessage extends Error {}

/** Does the work of one message; throws to have it delivered again. */
export function handle({ id, source, data }: Message): Done {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new InvalidMessage(`data of ${id} is not an object`);
  }
  return { id, source, fields: Object.keys(data).sort() };
}
