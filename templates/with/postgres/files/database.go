// Package database is data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the
// server; without it the data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see
// them, and what work put before it failed stays there.
package database

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrConflict says that somebody else changed the item since it was read: read it again and decide anew.
var ErrConflict = errors.New("the item is no longer what was read")

// Database keeps values by key, each with a version that grows with every change.
type Database interface {
	Close(ctx context.Context) error
	// Once calls work unless it was done for this id; it says whether it called it. The mark and what work puts here
	// with the context it is given are one transaction: both are kept or, when work fails, neither, and the message
	// may be delivered again. A second delivery that comes meanwhile waits.
	Once(ctx context.Context, id string, work func(context.Context) error) (bool, error)
	// Get reads what is kept for key into value and returns its version: 0 when there is nothing.
	Get(ctx context.Context, key string, value any) (int64, error)
	// Put replaces what Get gave with version; ErrConflict when it is no longer that.
	Put(ctx context.Context, key string, value any, version int64) error
}

// Open opens the shared data; keep it beside the handler, so that warm invocations use it again.
func Open(ctx context.Context) (Database, error) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		folder := filepath.Join(cmp.Or(os.Getenv("DATA_FOLDER"), os.TempDir()), "<%name%>")
		return files{folder}, os.MkdirAll(folder, 0o700)
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	// A connection that broke meanwhile is not used again.
	config.BeforeAcquire = func(_ context.Context, c *pgx.Conn) bool { return c.PgConn().CheckConn() == nil }
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return prepare(ctx, c) }); err != nil {
		pool.Close()
		return nil, err
	}
	return server{pool}, nil
}

// prepare makes the tables. Two first calls at once would both make them, and one of them would fail.
func prepare(ctx context.Context, connection *pgxpool.Conn) error {
	for _, statement := range []string{
		"SELECT pg_advisory_lock(7238)",
		"CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)",
		"CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, version BIGINT NOT NULL, value TEXT NOT NULL)",
		"SELECT pg_advisory_unlock(7238)",
	} {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return errors.Join(err, connection.Conn().Close(ctx))
		}
	}
	return nil
}

type server struct{ *pgxpool.Pool }

// transaction is the key under which a context keeps the transaction that it is part of.
type transaction struct{}

type connection interface {
	Exec(ctx context.Context, sql string, values ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, values ...any) pgx.Row
}

// on is what a statement runs on: the transaction that the context is part of, or any connection.
func (s server) on(ctx context.Context) connection {
	if begun, ok := ctx.Value(transaction{}).(pgx.Tx); ok {
		return begun
	}
	return s.Pool
}

func (s server) Close(context.Context) error {
	s.Pool.Close()
	return nil
}

func (s server) Once(ctx context.Context, id string, work func(context.Context) error) (bool, error) {
	called := false
	err := pgx.BeginFunc(ctx, s.Pool, func(begun pgx.Tx) error {
		mark, err := begun.Exec(ctx, "INSERT INTO done VALUES ($1) ON CONFLICT DO NOTHING", id)
		if err != nil || mark.RowsAffected() == 0 {
			return err
		}
		called = true
		return work(context.WithValue(ctx, transaction{}, begun))
	})
	return called, err
}

func (s server) Get(ctx context.Context, key string, value any) (int64, error) {
	var text string
	var version int64
	err := s.on(ctx).QueryRow(ctx, "SELECT value, version FROM items WHERE key = $1", key).Scan(&text, &version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return version, json.Unmarshal([]byte(text), value)
}

func (s server) Put(ctx context.Context, key string, value any, version int64) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	statement := "UPDATE items SET value = $2, version = version + 1 WHERE key = $1 AND version = $3"
	if version == 0 {
		statement = "INSERT INTO items SELECT $1, $3::BIGINT + 1, $2 ON CONFLICT DO NOTHING"
	}
	done, err := s.on(ctx).Exec(ctx, statement, key, string(text), version)
	if err == nil && done.RowsAffected() != 1 {
		err = fmt.Errorf("`%s` at version %d: %w", key, version, ErrConflict)
	}
	return err
}

type files struct{ folder string }

type item struct {
	Value   json.RawMessage `json:"value"`
	Version int64           `json:"version"`
}

func (f files) Close(context.Context) error { return nil }

func (f files) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(f.folder, hex.EncodeToString(sum[:]))
}

func (f files) Once(ctx context.Context, id string, work func(context.Context) error) (bool, error) {
	mark := f.path("done-" + id)
	file, err := os.OpenFile(mark, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	file.Close()
	if err := work(ctx); err != nil {
		return true, errors.Join(err, os.Remove(mark))
	}
	return true, nil
}

func (f files) read(key string) (item, error) {
	var found item
	bytes, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(bytes, &found)
}

func (f files) Get(_ context.Context, key string, value any) (int64, error) {
	found, err := f.read(key)
	if err != nil || found.Version == 0 {
		return 0, err
	}
	return found.Version, json.Unmarshal(found.Value, value)
}

func (f files) Put(_ context.Context, key string, value any, version int64) error {
	found, err := f.read(key)
	if err != nil {
		return err
	}
	conflict := fmt.Errorf("`%s` at version %d: %w", key, version, ErrConflict)
	if found.Version != version {
		return conflict
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	bytes, err := json.Marshal(item{text, version + 1})
	if err != nil {
		return err
	}
	fresh := f.path(rand.Text())
	if err := os.WriteFile(fresh, bytes, 0o600); err != nil {
		return err
	}
	if version > 0 {
		return os.Rename(fresh, f.path(key))
	}
	defer os.Remove(fresh)
	if os.Link(fresh, f.path(key)) != nil { // fails when there is one, where a rename replaces it
		return conflict
	}
	return nil
}
