package store

import "latchkey/bot"

const contactColumns = `p.id, p.channel, p.address, p.person, p.role, p.lang, p.name, p.email, p.identity, p.created_at`

// putContactSQL leaves an unchanged contact alone, as nearly every turn's is: writing it
// again would cost the flush another page.
const putContactSQL = `
INSERT INTO contacts (id, channel, address, person, role, lang, name, email, identity, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET
    channel = excluded.channel, address = excluded.address,
    person = excluded.person, role = excluded.role,
    lang = excluded.lang, name = excluded.name, email = excluded.email,
    identity = excluded.identity, created_at = excluded.created_at
WHERE (contacts.channel, contacts.address, contacts.person, contacts.role, contacts.lang,
       contacts.name, contacts.email, contacts.identity, contacts.created_at)
   <> (excluded.channel, excluded.address, excluded.person, excluded.role, excluded.lang,
       excluded.name, excluded.email, excluded.identity, excluded.created_at)`

func putContact(tx *tx, c bot.Contact) error {
	_, err := tx.exec(putContactSQL,
		c.ID, c.Channel, c.Address, c.Person, c.Role, c.Lang, c.Name, c.Email, asJSON(&c.Identity), millis(c.Created))
	return err
}

// contactDest gives the places a contact's columns are scanned to. The time has to be
// taken over afterwards.
func contactDest(c *bot.Contact, created *int64) []any {
	return []any{&c.ID, &c.Channel, &c.Address, &c.Person, &c.Role, &c.Lang, &c.Name, &c.Email, asJSON(&c.Identity), created}
}
