// On your server, when it makes the page: who is signed in, for one hour.
import { createHmac } from "node:crypto";

export function identity(id, name, email) {
  const claims = {
    id: String(id), name, email,
    exp: Math.floor(Date.now() / 1000) + 60 * 60,
  };
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  const signature = createHmac("sha256", process.env.LATCHKEY_IDENTITY_SECRET)
    .update(payload)
    .digest("base64url");
  return `${payload}.${signature}`;
}
