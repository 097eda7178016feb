package outbox

// With QUEUE_URL set, all of it runs against that server; with files otherwise.

import (
	"context"
	"fmt"
	"testing"
	"time"
)

const short = 10 * time.Millisecond

// pair opens the same queue twice, and empties it.
func pair(t *testing.T) (Queue, Queue) {
	t.Setenv("DATA_FOLDER", t.TempDir())
	var opened [2]Queue
	for i := range opened {
		queue, err := Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { queue.Close() })
		opened[i] = queue
	}
	for left := take(t, opened[0], 0); left != nil; left = take(t, opened[0], 0) {
		done(t, opened[0], left)
	}
	return opened[0], opened[1]
}

func send(t *testing.T, queue Queue, n int) string {
	t.Helper()
	id, err := queue.Send(context.Background(), map[string]int{"n": n})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func take(t *testing.T, queue Queue, lease time.Duration) *Taken {
	t.Helper()
	message, err := queue.Take(context.Background(), lease)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func done(t *testing.T, queue Queue, message *Taken) {
	t.Helper()
	if err := queue.Done(context.Background(), message); err != nil {
		t.Fatal(err)
	}
}

func TestGivesEachMessageToOneInTheOrderTheyCame(t *testing.T) {
	queue, other := pair(t)
	var ids []string
	for n := range 3 {
		ids = append(ids, send(t, queue, n))
	}
	for n, from := range []Queue{queue, other, queue} {
		message := take(t, from, Lease)
		if message == nil || message.ID != ids[n] || string(message.Data) != fmt.Sprintf(`{"n":%d}`, n) {
			t.Errorf("%d: got %v", n, message)
		}
	}
	if message := take(t, other, Lease); message != nil {
		t.Errorf("got %v", message)
	}
}

func TestForgetsWhatIsDone(t *testing.T) {
	queue, other := pair(t)
	send(t, queue, 1)
	done(t, queue, take(t, queue, short))
	time.Sleep(5 * short)
	if message := take(t, other, short); message != nil {
		t.Errorf("got %v", message)
	}
}

func TestDeliversAgainWhatIsNotDoneInTime(t *testing.T) {
	queue, other := pair(t)
	id := send(t, queue, 1)
	if message := take(t, queue, short); message == nil || message.ID != id {
		t.Errorf("got %v", message)
	}
	time.Sleep(5 * short)
	if message := take(t, other, short); message == nil || message.ID != id || string(message.Data) != `{"n":1}` {
		t.Errorf("got %v", message)
	}
}
