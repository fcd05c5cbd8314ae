package redact

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// secrets are texts with what must not be left of them.
var secrets = []struct{ text, secret string }{
	// Passwords, English.
	{"my password is hunter2", "hunter2"},
	{"My password is Hunter2 and it doesn't work", "Hunter2"},
	{"MY PASSWORD IS HUNTER2", "HUNTER2"},
	{"my password's hunter2", "hunter2"},
	{"password: hunter", "hunter"},
	{"Password : purple horse battery staple", "battery"},
	{"password=tr0ub4dor&3", "tr0ub4dor"},
	{"DB_PASSWORD=abc", "abc"},
	{"Username: ann Password: Sunshine", "Sunshine"},
	{"pw: kitty", "kitty"},
	{"pwd kitty99", "kitty99"},
	{"pass: kitty", "kitty"},
	{"the password I use is kitty-99", "kitty-99"},
	{"the password that I've been using is Kitty!", "Kitty"},
	{"the password for the app is Kitty2024.", "Kitty2024"},
	{"password (the new one): abcd", "abcd"},
	{"my password is \"open sesame\"", "sesame"},
	{"my password is 'swordfish'", "swordfish"},
	{"my password (hunter2) is refused", "hunter2"},
	{"my password hunter2 is refused", "hunter2"},
	{"I changed my password to Hunter33 yesterday", "Hunter33"},
	{"hunter2 is my password", "hunter2"},
	{"I typed hunter2 as my password", "hunter2"},
	{"my password is now p@ssword", "p@ssword"},
	{"my password is still 48151623", "48151623"},
	{"my password is not Hunter2 anymore", "Hunter2"},
	{"my password is qwerty", "qwerty"},
	{"my temporary password is Xk4pQz", "Xk4pQz"},
	{"temp password: Xk4pQz", "Xk4pQz"},
	{"the trainer gave me the temporary password Xk4pQz9", "Xk4pQz9"},
	{"Password\nhunter2", "hunter2"},
	{"login ann@example.org / hunter2", "hunter2"},
	{"email/password: ann@example.org / hunter2", "hunter2"},
	{"passcode: 4471", "4471"},
	{"pass\u200bword: hunter2", "hunter2"},
	{"my pasword is hunter2", "hunter2"},
	{"my password is «hunter»", "hunter"},
	{"My password: Ünïcödé9", "nïcödé9"},
	{"password - Hunter22", "Hunter22"},
	{"the password for ann@example.org is hunter2", "hunter2"},
	{"the password of my client Bob is hunter2", "hunter2"},
	{"my passwords are abc123 and def456", "def456"},
	{"I use the password \"banana7\" everywhere", "banana7"},
	// Mots de passe.
	{"mot de passe : Soleil2024!", "Soleil2024"},
	{"Mot de passe\u00a0: soleil", "soleil"},
	{"mdp=soleil", "soleil"},
	{"mdp Soleil99", "Soleil99"},
	{"mon mdp c'est soleil99", "soleil99"},
	{"mon mdp cest Soleil", "Soleil"},
	{"le mot de passe que j'utilise c'est Soleil2024!", "Soleil2024"},
	{"le mot de passe que j’utilise, c’est Soleil2024", "Soleil2024"},
	{"mon mot de passe est Soleil", "Soleil"},
	{"mon mot de passe est chatnoir7 pis ça marche pas", "chatnoir7"},
	{"mot de passe temporaire: ab12cd", "ab12cd"},
	{"le mot de passe temporaire que j'ai reçu est Ab12cd", "Ab12cd"},
	{"mon mot de passe (Soleil2024!) est refusé", "Soleil2024"},
	{"mon mot de passe « Soleil2024 » marche pas", "Soleil2024"},
	{"mon mot de passe Soleil2024 marche pas", "Soleil2024"},
	{"j'ai mis Soleil2024 comme mot de passe", "Soleil2024"},
	{"Soleil2024! est mon mot de passe", "Soleil2024"},
	{"j'ai changé mon mot de passe pour Soleil2025", "Soleil2025"},
	{"MON MOT DE PASSE EST SOLEIL99", "SOLEIL99"},
	{"le mot de passe pour l'app est maintenant Soleil_99", "Soleil_99"},
	{"mot de passe: chat noir lune verte", "lune"},
	{"mon mot de passe est azerty", "azerty"},
	{"Identifiant : ann\nMot de passe : lune", "lune"},
	{"mot de passe = Élan42", "lan42"},
	{"mo\u0301t de passe : lune", "lune"},
	{"password: " + strings.Repeat("a1", 3000) + "Zz9", "Zz9"},
	// Codes.
	{"code 482913", "482913"},
	{"le code est 482-913", "482-913"},
	{"le code est 482 913", "482 913"},
	{"your code is G-123456", "123456"},
	{"G-123456 is your Google verification code", "123456"},
	{"482913 is my code", "482913"},
	{"482913 est votre code de connexion", "482913"},
	{"the verification code I received is 4829", "4829"},
	{"code de vérification : 4829", "4829"},
	{"le code reçu par texto est 4829", "4829"},
	{"mon code temporaire 48291", "48291"},
	{"code: A1B2C3", "A1B2C3"},
	{"recovery codes: 1a2b-3c4d, 5e6f-7a8b 9c0d-1e2f", "9c0d-1e2f"},
	{"security code 8841 02", "8841"},
	{"my PIN is 4471", "4471"},
	{"NIP: 4471", "4471"},
	{"OTP 448 201", "448 201"},
	{"le code est le 482913", "482913"},
	// Links.
	{"https://app.example.com/reset/8f3kD92mQx7L", "8f3kD92mQx7L"},
	{"http://app.example.com/reset?token=abc123", "abc123"},
	{"https://app.example.com/invitation/accept?code=Zx81kk&lang=fr", "Zx81kk"},
	{"le lien est https://ann:secret1@app.example.com/login.", "secret1"},
	{"app.example.com/password/reset/MjAyNDEx9aB3", "MjAyNDEx9aB3"},
	{"(https://app.example.com/#access_token=ya00abcdef)", "ya00abcdef"},
	{"postgres://bot:hunter2@db.example.com:5432/x", "hunter2"},
	{"https://app.example.com/i/550e8400-e29b-41d4-a716-446655440000", "550e8400"},
	{"https://l.example.com/ls/click?upn=u001.AbC9dEf8GhI7jKl6MnO5", "AbC9dEf8GhI7"},
	// Keys and tokens.
	{"xoxb-1234567890-abcdefghij", "abcdefghij"},
	{"sk-proj-abcdEFGH1234ijklMNOP", "EFGH1234"},
	{"AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"},
	{"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F"},
	{"Authorization: Bearer 0a1b2c3d4e5f", "0a1b2c3d4e5f"},
	{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123", "eyJzdWIiOiIxIn0"},
	{"session 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd", "9f86d081"},
	{"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"},
	{"api key: 7Hq2kd93", "7Hq2kd93"},
	{"session_id=ab12cd34", "ab12cd34"},
	{"le jeton est 77ab88cd", "77ab88cd"},
	// Cards, accounts, social insurance.
	{"card 4111 1111 1111 1111 please", "1111 1111"},
	{"4111111111111111", "41111111"},
	{"4111-1111-1111-1111 12/27 cvv 123", "123"},
	{"carte 3782 822463 10005", "822463"},
	{"4111 1111 1111 1111 0927", "4111 1111"},
	{"NAS 046 454 286", "454"},
	{"my SIN is 046454286", "046454286"},
	{"046-454-286", "454"},
	{"mon numéro d’assurance sociale : 046 454 286", "454"},
	{"IBAN FR14 2004 1010 0505 0001 3M02 606 merci", "0505"},
	{"DE89370400440532013000", "37040044"},
	{"ssn 523456789", "523456789"},
	// Codes without a digit.
	{"recovery key ABCD-EFGH-IJKL", "IJKL"},
	{"my backup code: abcd efgh ijkl", "efgh"},
	{"le code dans le courriel, c'est XKPDQZ", "XKPDQZ"},
	// Letters in another style.
	{"𝗽𝗮𝘀𝘀𝘄𝗼𝗿𝗱: dolphin", "dolphin"},
	{"my password is ﬁﬂ99x", "99x"},
}

// harmless are texts that must stay as they are.
var harmless = strings.Split(strings.TrimSpace(`
my password doesn't work
my password does not work
my password is wrong
password is wrong/not accepted/invalid
my password is not accepted
my password isn't accepted anymore!!!
My password is Incorrect
MY PASSWORD IS WRONG
it says my password is invalid
Invalid User / password
"Invalid User/password"
I forgot my password
forgot password?
Forgot your password? button does nothing
my password is expired
my password is correct, I am sure
my password is the same as before
my password is 8 characters long
my password is 2 years old
the password must be at least 12 characters
password: at least 8 characters
password : invalid
Password: forgotten
I changed my password and it still fails
I changed my password to something else
I reset my password yesterday
reset password email never came
the reset password link expired
where do I enter my temporary password?
the temporary password is refused
can you generate a temporary password for my client
I don't know what my password is
what is my password
username or password is incorrect
is my password case sensitive?
my password has special characters
my ex knows my password
I pasted my password in the chat oops
I gave my password to someone
Password reset on iPhone15 fails
my password for the app is fine, my username is annroy85
my password begins with a capital
password ok, username ok
the password in the e-mail sent at 10:45 is refused
my password for LK-1042 is refused
password manager LastPass fills it in
i have the same password on facebook
password needs 1 digit and 1 symbol!
my password works on the web but not in the app
the password field is empty
my pw isn't working
pass me to a person
I can't get past the password
le mot de passe est refusé
mon mot de passe est bon
mon mot de passe ne fonctionne pas
mon mot de passe marche pas pantoute
mon mdp marche plus
mot de passe oublié?
« Mot de passe oublié? » ne fait rien
mot de passe : refusé
Mot de passe : oublié
mot de passe invalide
ça dit que le mot de passe est invalide
MON MOT DE PASSE EST REFUSÉ
mon mot de passe est toujours refusé
mon mot de passe est pas bon
mon mot de passe est correct pourtant
mon mot de passe c'est le même que d'habitude
le mot de passe temporaire est expiré
le mot de passe temporaire que j'ai reçu ne fonctionne pas
quel est mon mot de passe
c'est quoi mon mot de passe
je ne connais pas mon mot de passe
j'ai changé mon mot de passe hier
j'ai changé mon mot de passe pour un autre
mot de passe de 8 caractères minimum
le mot de passe est trop court
quelqu'un a changé mon mot de passe
identifiant ou mot de passe incorrect
le lien pour le mot de passe est mort
J'ai essayé le mot de passe "oublié" 3 fois
mot de passe : voir la pièce jointe
mot de passe invalide pour l'utilisateur annroy85
mon mot de passe est celui de mon courriel
mon client a perdu son mot de passe
le courriel de mot de passe n'arrive pas
code 500
error 404
error code 1042
error code: 482913
the error code is 4042
erreur, code 1042
code d'erreur 1042
le code d'erreur est 500123
code postal H2X 1Y4
mon code postal est H2X 1Y4
zip code 90210
promo code SUMMER2026
code promo ETE2026
I never got the code
le code est refusé
the code is expired
le code à 6 chiffres n'arrive pas
mon code client est inconnu
the code doesn't work
LK-1042
my ticket is LK-1042
ticket LK-104233 please
call me at 514-555-0199
514 555 0199, 514 555 0123
+1 (514) 555-0199
mon numéro est le 438 555 0142 poste 204
+33 6 12 34 56 78
+33 612 345 678
ann@example.org
my e-mail is ann.roy+app@example.org and my username is annroy85
mon courriel est ann@example.org
my username is annroy1985
app version 8.2.1 on iOS 17.4.1
version 2026.11.23
iPhone 15 Pro, Android 14
2026-11-23 14:05:33
le 23/11/2026 à 14h05
born 12-05-1985
https://app.example.com/login
https://help.example.com/en/articles/4256056-how-do-i-log-in
https://app.example.com/reset-password
https://app.example.com/forgot?lang=fr&email=ann@example.org
https://app.example.com/password/reset
www.example.com/fr/aide/mot-de-passe-oublie
see example.com/pricing?plan=2
https://app.example.com/invitations/new
https://app.example.com/clients/48213/edit
https://app.example.com/a/b?utm_source=news&utm_campaign=fall2026
request id 550e8400-e29b-41d4-a716-446655440000
order 12345678
facture 2024-000123
I tried 3 times, 10 minutes ago
my token is expired
la session est expirée
the bearer of bad news
the app is secret: nobody told me
I see page 1 of 12
NAS drive and PIN pad
my PIN is refused
1234 1234
une carte de 20 $
••••••
my password is •••••• and it is refused
yes
oui
no
👍
`), "\n")

func TestRedactSecrets(t *testing.T) {
	if len(secrets) < 60 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	for _, tt := range secrets {
		clean, found := Text(tt.text)
		if !found || strings.Contains(clean, tt.secret) || !strings.Contains(clean, secretMark) {
			t.Errorf("%q became %q (found %v), %q must go", tt.text, clean, found, tt.secret)
		}
		if again, _ := Text(clean); again != clean {
			t.Errorf("%q became %q, then %q", tt.text, clean, again)
		}
	}
}

func TestRedactLeavesTheRest(t *testing.T) {
	if len(harmless) < 80 {
		t.Fatalf("only %d harmless texts", len(harmless))
	}
	for _, text := range harmless {
		if clean, found := Text(text); found || clean != text {
			t.Errorf("%q became %q", text, clean)
		}
	}
}

// What stands around a secret is what the team needs.
func TestRedactTakesNoMoreThanTheSecret(t *testing.T) {
	for text, want := range map[string]string{
		"Hi, my password is hunter2. It is refused!":             "Hi, my password is ••••••. It is refused!",
		"mon mot de passe, c'est Soleil2024! mais ça marche pas": "mon mot de passe, c'est •••••• mais ça marche pas",
		"my backup code: abcd efgh ijkl, it is refused":          "my backup code: ••••••, it is refused",
		"recovery code ABCD-EFGH expired":                        "recovery code •••••• expired",
		"𝗽𝗮𝘀𝘀𝘄𝗼𝗿𝗱: 𝗱𝗼𝗹𝗽𝗵𝗶𝗻 ok":                                   "𝗽𝗮𝘀𝘀𝘄𝗼𝗿𝗱: •••••• ok",
		"Mot de passe\u00a0: «\u00a0Soleil\u00a0»":               "Mot de passe\u00a0: «\u00a0••••••\u00a0»",
		"see https://app.example.com/reset/8f3kD92mQx7L, thanks": "see https://app.example.com/••••••, thanks",
		"https://ann:pw9@app.example.com:8443/login":             "https://app.example.com:8443/••••••",
		"code 482913 ou 482914 marche pas":                       "code •••••• ou •••••• marche pas",
		"carte 4111 1111 1111 1111 exp 12/27":                    "carte •••••• exp 12/27",
		"IBAN FR14 2004 1010 0505 0001 3M02 606 merci":           "IBAN •••••• merci",
		"email ann@example.org password hunter2 app 8.2.1":       "email ann@example.org password •••••• app 8.2.1",
		"É🙂 mdp: ÀÉÎ🙂 fin":                                       "É🙂 mdp: •••••• fin",
	} {
		if clean, found := Text(text); clean != want || !found {
			t.Errorf("%q became %q, want %q", text, clean, want)
		}
	}
}

func TestRedactMendsBrokenText(t *testing.T) {
	clean, found := Text("caf\xe9 \xff")
	if !utf8.ValidString(clean) || found {
		t.Errorf("%q (found %v), want valid text and nothing found", clean, found)
	}
}

// hard are pieces that, repeated, make a text the rules look at long.
var hard = []string{
	"password ", "mot de passe : ", "code 1 ", "1 ", "4111 ", "code 482913, 482913, ", "a.b", "aA1_", "password is is is ",
	"https://a/reset/", "«", "\u0301", "x@y.z/", "my password is •", "DE89 3704 ", "\n", "eyJa.", "pw:not;", "pw:x1y2z3;",
	"(", "pw (", "pw \"", "is my password ", "card ", "sin ", "session ", "Bearer ", "password\u00a0", "code 1-2-",
	"it's a1b2c3 ", "tried a1b2c3 password ", "not ", "login a/a1b2c3 ", "a@b.c a1!b2c3d", "code got 123456 ", "a1!", "username a1 ",
	"recovery code ab-cd-", "code abcd efgh ", "code is XKPDQZ ", "key qx-", "password \"dolphin ", "𝗽𝗮𝘀𝘀 ",
}

// BenchmarkRedactHard shows that the time grows with the text and not with its square: MB/s
// should be alike for 4 KB and for 32 KB.
func BenchmarkRedactHard(b *testing.B) {
	for _, size := range []int{4 << 10, 32 << 10} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.SetBytes(int64(size * len(hard)))
			for b.Loop() {
				for _, piece := range hard {
					Worst(strings.Repeat(piece, size/len(piece)))
				}
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	for i, tt := range secrets {
		f.Add(tt.text, uint8(i))
	}
	for i, text := range harmless {
		f.Add(text, uint8(i))
	}
	for _, name := range []string{"secrets.en.txt", "secrets.fr.txt", "harmless.en.txt", "harmless.fr.txt", "after.txt"} {
		for i, l := range list(f, name) {
			f.Add(l.text, uint8(i))
		}
	}
	f.Add("\xff password \xc3: \u202e x1y2", uint8(0))
	f.Fuzz(func(t *testing.T, text string, how uint8) {
		m := mood(how) & (alert | talked | talkedCode | announced | announcedCode)
		clean, found, failed := usual.after(text, m)
		if plain, _ := Text(text); !Depends(plain) && clean != plain {
			t.Fatalf("%q became %q by itself, but %q after something, on which it does not depend", text, plain, clean)
		}
		if failed != nil {
			t.Fatalf("%q: %v", text, failed)
		}
		if !utf8.ValidString(clean) {
			t.Fatalf("%q became %q, which is not valid UTF-8", text, clean)
		}
		if again, more, _ := usual.after(clean, m); again != clean || more {
			t.Fatalf("%q became %q, then %q", text, clean, again)
		}
		if !found && clean != strings.ToValidUTF8(text, "\uFFFD") {
			t.Fatalf("%q became %q, and nothing was found", text, clean)
		}
		if found && !strings.Contains(clean, secretMark) {
			t.Fatalf("%q became %q without a mark", text, clean)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	for name, text := range map[string]string{
		"short":  "oui",
		"common": "Bonjour, j'arrive pas à me connecter, ça dit que mon mot de passe est invalide pis j'ai pas reçu le courriel",
		"secret": "my password is hunter2 and the code is 482913, see https://app.example.com/reset/8f3kD92mQx7L",
		"long":   strings.Repeat("I cannot log in, my password is refused since 3 days. ", 80),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Text(text)
			}
		})
	}
}
