// Package outbox is a queue between platforms: what one puts in, another takes out. QUEUE_URL=redis://HOST:6379/0
// (rediss:// for TLS) names the server; without it the messages are files of this machine (DATA_FOLDER), to try
// things out: other machines do not see them.
package outbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Lease is how long a taken message is hidden as a rule; then it is delivered again.
const Lease = time.Minute

const (
	key   = "<%name%>:queue"
	group = "workers"
)

// Taken is a message that was taken; its receipt is what ends it.
type Taken struct {
	ID      string
	Data    json.RawMessage
	Receipt string
}

// Queue hands every message to one of those who take.
type Queue interface {
	Close() error
	// Send puts one message in and returns its id.
	Send(ctx context.Context, data any) (string, error)
	// Take hides one message from others for lease; nil when there is none.
	Take(ctx context.Context, lease time.Duration) (*Taken, error)
	// Done takes the message out for good.
	Done(ctx context.Context, message *Taken) error
}

// Connect opens the queue; keep it beside the handler, so that warm invocations use its connection again.
func Connect(ctx context.Context) (Queue, error) {
	url := os.Getenv("QUEUE_URL")
	if url == "" {
		folder := filepath.Join(cmp.Or(os.Getenv("DATA_FOLDER"), os.TempDir()), "<%name%>-queue")
		return &files{folder: folder}, os.MkdirAll(folder, 0o700)
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(options)
	err = client.XGroupCreateMkStream(ctx, key, group, "0").Err()
	if err != nil && !strings.Contains(err.Error(), "BUSYGROUP") { // somebody made it before
		return nil, errors.Join(err, client.Close())
	}
	return stream{client, rand.Text()}, nil
}

// A Redis stream with one group of consumers: every message goes to one of them.
type stream struct {
	*redis.Client
	consumer string
}

func (s stream) Send(ctx context.Context, data any) (string, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	id := rand.Text()
	values := map[string]any{"id": id, "data": text}
	return id, s.XAdd(ctx, &redis.XAddArgs{Stream: key, Values: values}).Err()
}

func (s stream) Take(ctx context.Context, lease time.Duration) (*Taken, error) {
	late := redis.XAutoClaimArgs{
		Stream: key, Group: group, Consumer: s.consumer, MinIdle: lease, Start: "0", Count: 1,
	}
	messages, _, err := s.XAutoClaim(ctx, &late).Result()
	if err == nil && len(messages) == 0 {
		fresh := redis.XReadGroupArgs{
			Group: group, Consumer: s.consumer, Streams: []string{key, ">"}, Count: 1, Block: -1,
		}
		var streams []redis.XStream
		streams, err = s.XReadGroup(ctx, &fresh).Result()
		if len(streams) > 0 {
			messages = streams[0].Messages
		}
	}
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	id, _ := messages[0].Values["id"].(string)
	data, _ := messages[0].Values["data"].(string)
	return &Taken{id, json.RawMessage(data), messages[0].ID}, nil
}

func (s stream) Done(ctx context.Context, message *Taken) error {
	if err := s.XAck(ctx, key, group, message.Receipt).Err(); err != nil {
		return err
	}
	return s.XDel(ctx, key, message.Receipt).Err()
}

// A file a message; its name says when it may be taken, so a rename takes it.
type files struct {
	folder string
	sent   atomic.Int64
}

// name sorts by time, and by count what is sent within a millisecond.
func name(from time.Time, count int64, id string) string {
	return fmt.Sprintf("%016d-%08d-%s", from.UnixMilli(), count, id)
}

func (f *files) Close() error { return nil }

func (f *files) Send(_ context.Context, data any) (string, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	id := rand.Text()
	fresh := filepath.Join(f.folder, "."+id)
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return "", err
	}
	return id, os.Rename(fresh, filepath.Join(f.folder, name(time.Now(), f.sent.Add(1), id)))
}

func (f *files) Take(_ context.Context, lease time.Duration) (*Taken, error) {
	entries, err := os.ReadDir(f.folder) // sorted
	if err != nil {
		return nil, err
	}
	now := name(time.Now().Add(time.Millisecond), 0, "")
	for _, entry := range entries {
		parts := strings.SplitN(entry.Name(), "-", 3)
		if len(parts) != 3 {
			continue
		}
		if entry.Name() > now {
			return nil, nil
		}
		receipt := name(time.Now().Add(lease), 0, parts[2])
		path := filepath.Join(f.folder, receipt)
		err := os.Rename(filepath.Join(f.folder, entry.Name()), path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody was faster
		}
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(path)
		return &Taken{parts[2], data, receipt}, err
	}
	return nil, nil
}

func (f *files) Done(_ context.Context, message *Taken) error {
	err := os.Remove(filepath.Join(f.folder, message.Receipt))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
