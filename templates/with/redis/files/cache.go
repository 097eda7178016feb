// Package cache is data that the platforms share for a while. REDIS_URL=redis://HOST:6379/0 (rediss:// for TLS) names
// the server; without it the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not
// see them.
package cache

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	lease = time.Minute         // one delivery may work so long; longer than the function's timeout
	kept  = 14 * 24 * time.Hour // a finished id is remembered so long: as long as a queue may deliver it again
)

// ErrBusy says that another delivery of the same message is being worked on: fail, to have it delivered later.
var ErrBusy = errors.New("another delivery is being worked on")

// Only who holds the lease may end it: after a pause it may be somebody else's.
var (
	finish = redis.NewScript(
		`if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('set', KEYS[1], 'done', 'PX', ARGV[2]) end`)
	release = redis.NewScript(`if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end`)
)

type store interface {
	Close() error
	// claim says what holds the key; "" when it is now this token's.
	claim(ctx context.Context, key, token string, life time.Duration) (string, error)
	finish(ctx context.Context, key, token string, life time.Duration) error
	release(ctx context.Context, key, token string) error
	get(ctx context.Context, key string) (string, bool, error)
	put(ctx context.Context, key, text string, life time.Duration) error
}

// Cache keeps values and the marks of finished messages.
type Cache struct{ store }

// Connect opens the cache; keep it beside the handler, so that warm invocations use its connection again.
func Connect() (*Cache, error) {
	url := os.Getenv("REDIS_URL")
	if url == "" {
		folder := filepath.Join(cmp.Or(os.Getenv("DATA_FOLDER"), os.TempDir()), "<%name%>-cache")
		return &Cache{files{folder}}, os.MkdirAll(folder, 0o700)
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	return &Cache{server{redis.NewClient(options)}}, nil
}

// Once calls work unless it was done for this id; it says whether it called it.
func (c *Cache) Once(ctx context.Context, id string, work func() error) (bool, error) {
	key, token := "<%name%>:done:"+id, rand.Text()
	held, err := c.claim(ctx, key, token, lease)
	switch {
	case err != nil:
		return false, err
	case held == "done":
		return false, nil
	case held != "":
		return false, ErrBusy
	}
	if err := work(); err != nil {
		return true, errors.Join(err, c.release(ctx, key, token))
	}
	return true, c.finish(ctx, key, token, kept)
}

// Get reads what is kept for key into value; false when there is nothing (any more).
func (c *Cache) Get(ctx context.Context, key string, value any) (bool, error) {
	text, found, err := c.get(ctx, "<%name%>:"+key)
	if err != nil || !found {
		return false, err
	}
	return true, json.Unmarshal([]byte(text), value)
}

// Put keeps the value for a while.
func (c *Cache) Put(ctx context.Context, key string, value any, life time.Duration) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return c.put(ctx, "<%name%>:"+key, string(text), life)
}

type server struct{ *redis.Client }

func (s server) claim(ctx context.Context, key, token string, life time.Duration) (string, error) {
	for {
		set, err := s.SetNX(ctx, key, token, life).Result()
		if err != nil || set {
			return "", err
		}
		held, err := s.Client.Get(ctx, key).Result()
		if !errors.Is(err, redis.Nil) { // it may have run out between the two commands
			return held, err
		}
	}
}

func (s server) finish(ctx context.Context, key, token string, life time.Duration) error {
	return unlessNil(finish.Run(ctx, s, []string{key}, token, life.Milliseconds()).Err())
}

func (s server) release(ctx context.Context, key, token string) error {
	return unlessNil(release.Run(ctx, s, []string{key}, token).Err())
}

func (s server) get(ctx context.Context, key string) (string, bool, error) {
	text, err := s.Client.Get(ctx, key).Result()
	return text, err == nil, unlessNil(err)
}

func (s server) put(ctx context.Context, key, text string, life time.Duration) error {
	return s.Set(ctx, key, text, life).Err()
}

func unlessNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

type files struct{ folder string }

type entry struct {
	Text  string `json:"text"`
	Until int64  `json:"until"` // in milliseconds since 1970
}

func entryFor(text string, life time.Duration) entry {
	return entry{text, time.Now().Add(life).UnixMilli()}
}

func (f files) Close() error { return nil }

func (f files) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(f.folder, hex.EncodeToString(sum[:]))
}

func (f files) claim(ctx context.Context, key, token string, life time.Duration) (string, error) {
	if held, found, err := f.get(ctx, key); err != nil || found {
		return held, err
	}
	if err := os.Remove(f.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	file, err := os.OpenFile(f.path(key), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "somebody", nil
	}
	if err != nil {
		return "", err
	}
	return "", errors.Join(json.NewEncoder(file).Encode(entryFor(token, life)), file.Close())
}

func (f files) finish(ctx context.Context, key, token string, life time.Duration) error {
	if held, _, err := f.get(ctx, key); err != nil || held != token {
		return err
	}
	return f.put(ctx, key, "done", life)
}

func (f files) release(ctx context.Context, key, token string) error {
	if held, _, err := f.get(ctx, key); err != nil || held != token {
		return err
	}
	return os.Remove(f.path(key))
}

func (f files) get(_ context.Context, key string) (string, bool, error) {
	var found entry
	bytes, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	// A file that is being written is not there yet.
	if err != nil || json.Unmarshal(bytes, &found) != nil || found.Until <= time.Now().UnixMilli() {
		return "", false, err
	}
	return found.Text, true, nil
}

func (f files) put(_ context.Context, key, text string, life time.Duration) error {
	bytes, err := json.Marshal(entryFor(text, life))
	if err != nil {
		return err
	}
	fresh := f.path(rand.Text())
	return errors.Join(os.WriteFile(fresh, bytes, 0o600), os.Rename(fresh, f.path(key)))
}
