package main

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func sample[T any](t *testing.T, name string) T {
	t.Helper()
	text, err := os.ReadFile("../../events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var event T
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

<%if trigger == "http"%>
func TestHandle(t *testing.T) {
	for name, want := range map[string]int{"aws-http": 200, "aws-http-post": 200, "aws-http-invalid": 400} {
		answer, err := handle(context.Background(), sample[events.APIGatewayV2HTTPRequest](t, name))
		if err != nil || answer.StatusCode != want {
			t.Errorf("%s: got %d %s, %v; want %d", name, answer.StatusCode, answer.Body, err, want)
		}
	}
}
<%elif trigger == "queue"%>
func TestHandle(t *testing.T) {
	answer, err := handle(context.Background(), sample[events.SQSEvent](t, "aws-queue"))
	if err != nil || len(answer.BatchItemFailures) != 0 {
		t.Errorf("got %v, %v", answer, err)
	}
}

func TestHandleNamesOnlyTheMessageThatFailed(t *testing.T) {
	event := sample[events.SQSEvent](t, "aws-queue-poison")
	answer, err := handle(context.Background(), event)
	if err != nil || len(answer.BatchItemFailures) != 1 ||
		answer.BatchItemFailures[0].ItemIdentifier != event.Records[1].MessageId {
		t.Errorf("got %v, %v", answer, err)
	}
}
<%elif trigger == "stream"%>
func TestHandle(t *testing.T) {
	answer, err := handle(context.Background(), sample[events.DynamoDBEvent](t, "aws-stream"))
	if err != nil || len(answer.BatchItemFailures) != 0 {
		t.Errorf("got %v, %v", answer, err)
	}
}
<%elif trigger == "storage"%>
func TestHandle(t *testing.T) {
	event := sample[events.S3Event](t, "aws-storage")
	if key := event.Records[0].S3.Object.URLDecodedKey; key != "photos/happy face.jpg" {
		t.Errorf("got key %q", key)
	}
	if err := handle(context.Background(), event); err != nil {
		t.Error(err)
	}
}
<%else%>
func TestHandle(t *testing.T) {
	if err := handle(context.Background(), sample[events.EventBridgeEvent](t, "aws-<%trigger%>")); err != nil {
		t.Error(err)
	}
}
<%if trigger == "event"%>

func TestHandleFailsForAnEventItCannotUse(t *testing.T) {
	if err := handle(context.Background(), sample[events.EventBridgeEvent](t, "aws-event-poison")); err == nil {
		t.Error("it was taken")
	}
}
<%end%>
<%end%>
