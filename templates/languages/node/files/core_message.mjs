// What the function does. It knows no cloud: the adapters beside it call it.

/** A message that no retry can mend. */
export class InvalidMessage extends Error {}

/**
 * Does the work of one message `{id, source, data}` and says what was done; throws to have it
 * delivered again. The id is the same each time it is delivered: what to key idempotency by.
 */
export function handle({ id, source, data }) {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new InvalidMessage(`data of ${id} is not an object`);
  }
  return { id, source, fields: Object.keys(data).sort() };
}
