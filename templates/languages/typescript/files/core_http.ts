// What the function does. It knows no cloud: the adapters beside it call it.

export const LONGEST_NAME = 100;

/** The caller's mistake, told to the caller. */
export class InvalidRequest extends Error {}

export type Answer = { message: string } | { error: string };

/** The answer to `name`. */
export function greet(name: string): Answer {
  const trimmed = name.trim();
  if (trimmed === '') throw new InvalidRequest('name is empty');
  if (trimmed.length > LONGEST_NAME) {
    throw new InvalidRequest(`name is longer than ${LONGEST_NAME} characters`);
  }
  return { message: `Hello, ${trimmed}!` };
}

/** Status and JSON object for a request with these query parameters and this body (text). */
export function respond(
  query: Record<string, string | undefined>,
  body?: string,
): { status: number; answer: Answer } {
  try {
    return { status: 200, answer: greet(nameOf(query, body)) };
  } catch (problem) {
    if (!(problem instanceof InvalidRequest)) throw problem;
    return { status: 400, answer: { error: problem.message } };
  }
}

function nameOf(query: Record<string, string | undefined>, body?: string): string {
  if (query['name'] !== undefined) return query['name'];
  if (!body) return 'world';
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    throw new InvalidRequest('body is not JSON');
  }
  if (typeof fields === 'object' && fields !== null && 'name' in fields) {
    if (typeof fields.name === 'string') return fields.name;
  }
  throw new InvalidRequest('body has no text `name`');
}
