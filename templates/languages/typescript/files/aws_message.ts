<%if trigger == "queue"%>
// Adapter for AWS Lambda: a batch of an SQS queue.
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Message, handle } from './core.js';

/** Names the messages that failed; Lambda delivers only those again. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchItemFailure[] = [];
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

function messageOf(record: SQSRecord): Message {
  return { id: record.messageId, source: record.eventSourceARN, data: JSON.parse(record.body) };
}
<%elif trigger == "stream"%>
// Adapter for AWS Lambda: a batch of a DynamoDB stream.
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type Message, handle } from './core.js';

/** Stops at the first change that fails: Lambda goes on from there, so the order holds. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  for (const record of event.Records) {
    try {
      console.info(handle(messageOf(record)));
    } catch (problem) {
      const itemIdentifier = record.dynamodb?.SequenceNumber ?? '';
      console.error(`change ${itemIdentifier} failed`, problem);
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  }
  return { batchItemFailures: [] };
}

function messageOf({ eventID, eventName, eventSourceARN, dynamodb }: DynamoDBRecord): Message {
  const data = {
    operation: eventName,
    keys: dynamodb?.Keys,
    new: dynamodb?.NewImage,
    old: dynamodb?.OldImage,
  };
  return { id: eventID ?? '', source: eventSourceARN ?? '', data };
}
<%elif trigger == "storage"%>
// Adapter for AWS Lambda: notifications of an S3 bucket.
import type { S3Event, S3EventRecord } from 'aws-lambda';
import { type Message, handle } from './core.js';

export async function handler(event: S3Event): Promise<void> {
  for (const record of event.Records) console.info(handle(messageOf(record)));
}

function messageOf({ s3: { bucket, object } }: S3EventRecord): Message {
  const key = decodeURIComponent(object.key.replaceAll('+', ' '));
  // The sequencer differs for each version of a key, and is the same when delivered again.
  return {
    id: `${key}@${object.sequencer}`,
    source: bucket.arn,
    data: { bucket: bucket.name, key, size: object.size },
  };
}
<%elif trigger == "schedule"%>
// Adapter for AWS Lambda: a rule on a schedule.
import type { ScheduledEvent } from 'aws-lambda';
import { handle } from './core.js';

export async function handler({ id, resources, time }: ScheduledEvent): Promise<void> {
  console.info(handle({ id, source: resources[0] ?? 'schedule', data: { time } }));
}
<%else%>
// Adapter for AWS Lambda: an event of an EventBridge bus.
import type { EventBridgeEvent } from 'aws-lambda';
import { handle } from './core.js';

export async function handler(event: EventBridgeEvent<string, unknown>): Promise<void> {
  console.info(handle({ id: event.id, source: event.source, data: event.detail }));
}
<%end%>
