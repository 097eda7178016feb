// Adapter for AWS Lambda: HTTP APIs and function URLs (payload format 2.0).
import { respond } from './core.mjs';

export async function handler(event) {
  const body = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64').toString('utf8')
    : event.body;
  const { status, answer } = respond(event.queryStringParameters ?? {}, body);
  console.info({ status });
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answer),
  };
}
