package store

import (
	"context"
	"errors"
	"fmt"

	"latchkey/bot"
)

const (
	pictureSQL = `SELECT details, data FROM pictures WHERE id = $1`

	picturesSQL = `SELECT details FROM pictures WHERE conversation_id = $1 ORDER BY seq`

	addPictureSQL = `INSERT INTO pictures (id, conversation_id, seq, details, data) VALUES ($1, $2, $3, $4, $5)`
)

// Picture gives an image and what it is.
func (db *DB) Picture(ctx context.Context, id string) (bot.Picture, []byte, error) {
	var p bot.Picture
	var data []byte
	if err := db.read.QueryRowContext(ctx, pictureSQL, id).Scan(asJSON(&p), &data); err != nil {
		// Who knows the id may see the picture, so no log gets it.
		return bot.Picture{}, nil, fmt.Errorf("store: picture: %w", found(err))
	}
	return p, data, nil
}

// Pictures gives what the images of a conversation are, in order, without the images.
func (db *DB) Pictures(ctx context.Context, conversationID string) ([]bot.Picture, error) {
	rows, err := db.read.QueryContext(ctx, picturesSQL, conversationID)
	list, err := collect(rows, err, func(r row) (p bot.Picture, err error) { return p, r.Scan(asJSON(&p)) })
	if err != nil {
		return nil, fmt.Errorf("store: pictures of conversation %s: %w", conversationID, err)
	}
	return list, nil
}

func addPicture(tx *tx, m bot.Message, data []byte) error {
	_, err := tx.exec(addPictureSQL, m.Picture.ID, m.ConversationID, m.Seq, asJSON(m.Picture), data)
	return err
}

// checkPictures finds pictures without an image, and images without a picture.
func checkPictures(t bot.Turn) error {
	n := 0
	for _, m := range t.Messages {
		if m.Picture == nil {
			continue
		}
		n++
		if m.Picture.ID == "" {
			return fmt.Errorf("the picture of message %d has no id", m.Seq)
		}
		if size := len(t.Pictures[m.Picture.ID]); size == 0 || size != m.Picture.Size {
			return fmt.Errorf("the picture of message %d has %d bytes, and says %d", m.Seq, size, m.Picture.Size)
		}
	}
	if n != len(t.Pictures) {
		return errors.New("there is an image that no message has")
	}
	return nil
}
