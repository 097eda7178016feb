package function

import (
<%if trigger == "http"%>
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func call(method, target, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	serve(answer, httptest.NewRequest(method, target, strings.NewReader(body)))
	return answer
}

func TestServe(t *testing.T) {
	for _, answer := range []*httptest.ResponseRecorder{
		call("GET", "/<%name%>?name=Ada", ""),
		call("POST", "/<%name%>", `{"name": "Ada"}`),
	} {
		if answer.Code != http.StatusOK || answer.Body.String() != `{"message":"Hello, Ada!"}` {
			t.Errorf("got %d %s", answer.Code, answer.Body)
		}
	}
	if answer := call("GET", "/<%name%>?name=%20", ""); answer.Code != http.StatusBadRequest {
		t.Errorf("got %d", answer.Code)
	}
}
<%else%>
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
)

func sample(t *testing.T, name string) (e event.Event) {
	t.Helper()
	text, err := os.ReadFile("events/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestHandle(t *testing.T) {
	if err := handle(context.Background(), sample(t, "gcp-<%trigger%>")); err != nil {
		t.Error(err)
	}
}
<%if trigger == "queue"%>

func TestHandleFailsForAMessageItCannotRead(t *testing.T) {
	if err := handle(context.Background(), sample(t, "gcp-queue-poison")); err == nil {
		t.Error("it was taken")
	}
}
<%end%>
<%end%>
