// Package function is the adapter for Google Cloud Functions.
package function

import (
<%if trigger == "http"%>
	"io"
	"log/slog"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
<%else%>
	"context"
<%if trigger != "event" and trigger != "queue"%>
	"encoding/json"
<%end%>
	"log/slog"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/cloudevents/sdk-go/v2/event"
<%end%>

	"example.com/<%name%>/internal/core"
)

<%if trigger == "http"%>
func init() { functions.HTTP("<%name|pascal%>", serve) }

func serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	query := map[string]string{}
	for name, values := range request.URL.Query() {
		query[name] = values[0]
	}
	status, answer := core.Respond(query, string(body))
	slog.Info("answered", "status", status)
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	w.Write(answer)
}
<%else%>
func init() { functions.CloudEvent("<%name|pascal%>", handle) }

// handle returns an error to have the event delivered again.
func handle(_ context.Context, event event.Event) error {
	message := core.Message{ID: event.ID(), Source: event.Source()}
<%if trigger == "queue"%>
	var push struct {
		Message struct {
			MessageID string `json:"messageId"`
			Data      []byte // decoded from base64
		}
	}
	if err := event.DataAs(&push); err != nil {
		return err
	}
	message.ID, message.Data = push.Message.MessageID, push.Message.Data
<%elif trigger == "schedule"%>
	data, err := json.Marshal(map[string]any{"time": event.Time()})
	if err != nil {
		return err
	}
	message.Data = data
<%elif trigger == "storage"%>
	var object struct{ ID, Bucket, Name, Size string }
	if err := event.DataAs(&object); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"bucket": object.Bucket, "key": object.Name, "size": object.Size})
	if err != nil {
		return err
	}
	message.ID, message.Data = object.ID, data
<%elif trigger == "event"%>
	message.Data = event.Data()
<%else%>
	var change struct{ Value, OldValue json.RawMessage }
	if err := event.DataAs(&change); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"new": change.Value, "old": change.OldValue})
	if err != nil {
		return err
	}
	message.Data = data
<%end%>
	done, err := core.Handle(message)
	if err != nil {
		return err
	}
	slog.Info("handled", "done", done)
	return nil
}
<%end%>
