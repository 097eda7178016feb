// Command azure is the adapter for Azure Functions: a custom handler, called by the host over HTTP.
package main

import (
<%if trigger != "http"%>
	"encoding/json"
<%end%>
<%if trigger == "queue" or trigger == "schedule" or trigger == "storage"%>
	"fmt"
<%end%>
<%if trigger == "http"%>
	"io"
<%end%>
	"log"
	"net/http"
	"os"

	"example.com/<%name%>/internal/core"
)

func main() {
	port := os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT")
	if port == "" {
		port = "8080"
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, routes()))
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/<%name%>", serve)
	return mux
}

<%if trigger == "http"%>
// serve gets the request as the caller sent it (enableForwardingHttpRequest in host.json).
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
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	w.Write(answer)
}
<%else%>
// invocation is what the host sends: the trigger's datum under its binding's name.
type invocation struct {
	Data     map[string]json.RawMessage
	Metadata map[string]json.RawMessage
}

func serve(w http.ResponseWriter, request *http.Request) {
	var call invocation
	if err := json.NewDecoder(request.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	logs := []string{}
	messages, err := messagesOf(call)
	for _, message := range messages {
		var done core.Done
		if done, err = core.Handle(message); err != nil {
			break
		}
		line, _ := json.Marshal(done) // strings always marshal
		logs = append(logs, string(line))
	}
	if err != nil {
		// The host takes a status that is not 2xx for a failure, and delivers again.
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("content-type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"Outputs": map[string]any{}, "Logs": logs, "ReturnValue": nil})
}

<%if trigger == "queue"%>
func messagesOf(call invocation) ([]core.Message, error) {
	var id, text string
	if err := json.Unmarshal(call.Metadata["Id"], &id); err != nil {
		return nil, fmt.Errorf("the message has no id: %w", err)
	}
	// The host hands on a message as a JSON string, or as JSON.
	data := call.Data["message"]
	if json.Unmarshal(data, &text) == nil {
		data = json.RawMessage(text)
	}
	return []core.Message{{ID: id, Source: "<%name%>", Data: data}}, nil
}
<%elif trigger == "schedule"%>
func messagesOf(call invocation) ([]core.Message, error) {
	var sys struct{ RandGuid string }
	if err := json.Unmarshal(call.Metadata["sys"], &sys); err != nil {
		return nil, fmt.Errorf("the call has no id: %w", err)
	}
	return []core.Message{{ID: sys.RandGuid, Source: "timer", Data: call.Data["timer"]}}, nil
}
<%elif trigger == "storage"%>
func messagesOf(call invocation) ([]core.Message, error) {
	var uri string
	if err := json.Unmarshal(call.Metadata["Uri"], &uri); err != nil {
		return nil, fmt.Errorf("the blob has no address: %w", err)
	}
	data, err := json.Marshal(map[string]json.RawMessage{
		"uri": call.Metadata["Uri"], "name": call.Metadata["name"], "properties": call.Metadata["Properties"],
	})
	return []core.Message{{ID: uri, Source: "<%name%>", Data: data}}, err
}
<%elif trigger == "event"%>
func messagesOf(call invocation) ([]core.Message, error) {
	var event struct {
		ID, Topic, Source string
		Data              json.RawMessage
	}
	if err := json.Unmarshal(call.Data["event"], &event); err != nil {
		return nil, err
	}
	// Event Grid's own schema says topic, CloudEvents say source.
	return []core.Message{{ID: event.ID, Source: event.Topic + event.Source, Data: event.Data}}, nil
}
<%else%>
func messagesOf(call invocation) ([]core.Message, error) {
	var documents []json.RawMessage
	if err := json.Unmarshal(call.Data["documents"], &documents); err != nil {
		return nil, err
	}
	messages := []core.Message{}
	for _, document := range documents {
		var fields struct {
			ID   string
			Etag string `json:"_etag"`
		}
		if err := json.Unmarshal(document, &fields); err != nil {
			return nil, err
		}
		// The etag differs for each version of a document.
		messages = append(messages, core.Message{ID: fields.ID + "@" + fields.Etag, Source: "<%name%>", Data: document})
	}
	return messages, nil
}
<%end%>
<%end%>
