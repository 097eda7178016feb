<%if trigger == "queue"%>
// Adapter for AWS Lambda: a batch of an SQS queue.
<%elif trigger == "stream"%>
// Adapter for AWS Lambda: a batch of a DynamoDB stream.
<%elif trigger == "storage"%>
// Adapter for AWS Lambda: notifications of an S3 bucket.
<%elif trigger == "schedule"%>
// Adapter for AWS Lambda: a rule on a schedule.
<%else%>
// Adapter for AWS Lambda: an event of an EventBridge bus.
<%end%>
import { handle } from './core.mjs';

<%if trigger == "queue"%>
/** Names the messages that failed; Lambda delivers only those again. */
export async function handler(event) {
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      console.info(handle(messageOf(record)));
    } catch (problem) {
      console.error(`message ${record.messageId} failed`, problem);
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}

function messageOf(record) {
  return { id: record.messageId, source: record.eventSourceARN, data: JSON.parse(record.body) };
}
<%elif trigger == "stream"%>
/** Stops at the first change that fails: Lambda goes on from there, so the order holds. */
export async function handler(event) {
  for (const record of event.Records) {
    try {
      console.info(handle(messageOf(record)));
    } catch (problem) {
      const itemIdentifier = record.dynamodb.SequenceNumber;
      console.error(`change ${itemIdentifier} failed`, problem);
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  }
  return { batchItemFailures: [] };
}

function messageOf({ eventID, eventName, eventSourceARN, dynamodb }) {
  const data = {
    operation: eventName,
    keys: dynamodb.Keys,
    new: dynamodb.NewImage,
    old: dynamodb.OldImage,
  };
  return { id: eventID, source: eventSourceARN, data };
}
<%elif trigger == "storage"%>
export async function handler(event) {
  for (const record of event.Records) console.info(handle(messageOf(record)));
}

function messageOf({ s3: { bucket, object } }) {
  const key = decodeURIComponent(object.key.replaceAll('+', ' '));
  // The sequencer differs for each version of a key, and is the same when delivered again.
  return {
    id: `${key}@${object.sequencer}`,
    source: bucket.arn,
    data: { bucket: bucket.name, key, size: object.size },
  };
}
<%elif trigger == "schedule"%>
export async function handler({ id, resources, time }) {
  console.info(handle({ id, source: resources[0], data: { time } }));
}
<%else%>
export async function handler({ id, source, detail }) {
  console.info(handle({ id, source, data: detail }));
}
<%end%>
