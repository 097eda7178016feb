// Package objects is what the platforms share in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket,
// OBJECT_STORE_URL the endpoint unless it is AWS's own; keys are taken as AWS's clients take them (AWS_ACCESS_KEY_ID
// and so on). Without a bucket the objects are files of this machine (DATA_FOLDER), to try things out: other machines
// do not see them.
package objects

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrConflict says that somebody else changed the object since it was read: read it again and decide anew.
var ErrConflict = errors.New("the object is no longer what was read")

// Store keeps bytes by key, with a version that is another after every change.
type Store interface {
	// Get returns the bytes of key and their version: "" when there is no such object.
	Get(ctx context.Context, key string) ([]byte, string, error)
	// Put replaces what Get gave with version ("": there was none); ErrConflict when it is no longer that.
	Put(ctx context.Context, key string, data []byte, version string) error
	Delete(ctx context.Context, key string) error
}

// Connect opens the store; keep it beside the handler, so that warm invocations use its connection again.
func Connect(ctx context.Context) (Store, error) {
	name := os.Getenv("OBJECT_STORE_BUCKET")
	if name == "" {
		folder := filepath.Join(cmp.Or(os.Getenv("DATA_FOLDER"), os.TempDir()), "<%name%>-objects")
		return files{folder}, os.MkdirAll(folder, 0o700)
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(settings, func(options *s3.Options) {
		if endpoint := os.Getenv("OBJECT_STORE_URL"); endpoint != "" {
			options.BaseEndpoint, options.UsePathStyle = &endpoint, true
		}
	})
	return bucket{client, name}, nil
}

func conflict(key string) error { return fmt.Errorf("`%s`: %w", key, ErrConflict) }

type bucket struct {
	client *s3.Client
	name   string
}

func (b bucket) Get(ctx context.Context, key string) ([]byte, string, error) {
	found, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	var absent *types.NoSuchKey
	if errors.As(err, &absent) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer found.Body.Close()
	data, err := io.ReadAll(found.Body)
	return data, aws.ToString(found.ETag), err
}

func (b bucket) Put(ctx context.Context, key string, data []byte, version string) error {
	input := s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(data)}
	if version == "" {
		input.IfNoneMatch = aws.String("*")
	} else {
		input.IfMatch = &version
	}
	_, err := b.client.PutObject(ctx, &input)
	var refused *http.ResponseError
	if errors.As(err, &refused) {
		switch refused.HTTPStatusCode() {
		case 404, 409, 412:
			return conflict(key)
		}
	}
	return err
}

func (b bucket) Delete(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	return err
}

type files struct{ folder string }

func (f files) path(key string) string { return filepath.Join(f.folder, digest([]byte(key))) }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (f files) Get(_ context.Context, key string) ([]byte, string, error) {
	data, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	return data, digest(data), err
}

func (f files) Put(ctx context.Context, key string, data []byte, version string) error {
	if _, now, err := f.Get(ctx, key); err != nil || now != version {
		return cmp.Or(err, conflict(key))
	}
	fresh := filepath.Join(f.folder, "."+rand.Text())
	if err := os.WriteFile(fresh, data, 0o600); err != nil {
		return err
	}
	if version != "" {
		return os.Rename(fresh, f.path(key))
	}
	defer os.Remove(fresh)
	if os.Link(fresh, f.path(key)) != nil { // fails when there is one, where a rename replaces it
		return conflict(key)
	}
	return nil
}

func (f files) Delete(_ context.Context, key string) error {
	err := os.Remove(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
