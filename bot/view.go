package bot

import "latchkey/flows"

// View is a conversation as the person who holds it may see it.
type View struct {
	Conversation Conversation
	Contact      Contact
	// Messages are the part of the log that was asked for, in order.
	Messages []Message
	// Always are the buttons that are there at every step, for the session as it stands.
	Always []flows.Choice
	// Fills: the step takes what is typed as something it asked for, such as an address.
	Fills bool
	// Mails: the contact can have the conversation mailed to them.
	Mails bool
}
