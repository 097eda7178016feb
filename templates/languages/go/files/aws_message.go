<%if trigger == "queue"%>
// Command lambda is the adapter for AWS Lambda: a batch of an SQS queue.
<%elif trigger == "stream"%>
// Command lambda is the adapter for AWS Lambda: a batch of a DynamoDB stream.
<%elif trigger == "storage"%>
// Command lambda is the adapter for AWS Lambda: notifications of an S3 bucket.
<%elif trigger == "schedule"%>
// Command lambda is the adapter for AWS Lambda: a rule on a schedule.
<%else%>
// Command lambda is the adapter for AWS Lambda: an event of an EventBridge bus.
<%end%>
package main

import (
	"context"
<%if trigger != "event"%>
	"encoding/json"
<%end%>
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"example.com/<%name%>/internal/core"
)

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	lambda.Start(handle)
}

<%if trigger == "queue"%>
// handle names the messages that failed; Lambda delivers only those again.
func handle(_ context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	failures := []events.SQSBatchItemFailure{}
	for _, record := range event.Records {
		done, err := core.Handle(core.Message{
			ID: record.MessageId, Source: record.EventSourceARN, Data: json.RawMessage(record.Body),
		})
		if err != nil {
			slog.Error("failed", "message", record.MessageId, "error", err)
			failures = append(failures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			continue
		}
		slog.Info("handled", "done", done)
	}
	return events.SQSEventResponse{BatchItemFailures: failures}, nil
}
<%elif trigger == "stream"%>
// handle stops at the first change that fails: Lambda goes on from there, so the order holds.
func handle(_ context.Context, event events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	for _, record := range event.Records {
		data, err := json.Marshal(map[string]any{
			"operation": record.EventName,
			"keys":      record.Change.Keys,
			"new":       record.Change.NewImage,
			"old":       record.Change.OldImage,
		})
		if err != nil {
			return events.DynamoDBEventResponse{}, err
		}
		done, err := core.Handle(core.Message{ID: record.EventID, Source: record.EventSourceArn, Data: data})
		if err != nil {
			number := record.Change.SequenceNumber
			slog.Error("failed", "change", number, "error", err)
			return events.DynamoDBEventResponse{
				BatchItemFailures: []events.DynamoDBBatchItemFailure{{ItemIdentifier: number}},
			}, nil
		}
		slog.Info("handled", "done", done)
	}
	return events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}, nil
}
<%elif trigger == "storage"%>
func handle(_ context.Context, event events.S3Event) error {
	for _, record := range event.Records {
		object := record.S3.Object
		data, err := json.Marshal(map[string]any{
			"bucket": record.S3.Bucket.Name, "key": object.URLDecodedKey, "size": object.Size,
		})
		if err != nil {
			return err
		}
		// The sequencer differs for each version of a key, and is the same when delivered again.
		id := object.URLDecodedKey + "@" + object.Sequencer
		done, err := core.Handle(core.Message{ID: id, Source: record.S3.Bucket.Arn, Data: data})
		if err != nil {
			return err
		}
		slog.Info("handled", "done", done)
	}
	return nil
}
<%else%>
func handle(_ context.Context, event events.EventBridgeEvent) error {
<%if trigger == "schedule"%>
	data, err := json.Marshal(map[string]any{"time": event.Time})
	if err != nil {
		return err
	}
	done, err := core.Handle(core.Message{ID: event.ID, Source: event.Source, Data: data})
<%else%>
	done, err := core.Handle(core.Message{ID: event.ID, Source: event.Source, Data: event.Detail})
<%end%>
	if err != nil {
		return err
	}
	slog.Info("handled", "done", done)
	return nil
}
<%end%>
