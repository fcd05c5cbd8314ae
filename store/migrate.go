package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. A schema newer than the program is refused: the
// program does not know what its rows mean.
func migrate(ctx context.Context, db *sql.DB, d goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(d, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	for {
		has, knows, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("read the schema's version: %w", advise(err))
		}
		if has > knows {
			return fmt.Errorf("the database has schema version %d, and this program knows versions up to %d: "+
				"start the newer program that made it, or restore a backup from before", has, knows)
		}
		if has == knows {
			return nil
		}
		_, failed := p.Up(ctx)
		if failed == nil {
			return nil
		}
		// Another process may have begun at the same moment and been first; then its
		// version is there now, and ours could not be made twice.
		if now, _, err := p.GetVersions(ctx); err != nil || now == has {
			return fmt.Errorf("migrate the schema from version %d to %d: %w", has, knows, failed)
		}
	}
}
