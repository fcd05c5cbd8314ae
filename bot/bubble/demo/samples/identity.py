# On your server, when it makes the page: who is signed in, for one hour.
import base64, hashlib, hmac, json, os, time


def identity(id, name, email):
    claims = {
        "id": str(id), "name": name, "email": email,
        "exp": int(time.time()) + 60 * 60,
    }
    payload = base64url(json.dumps(claims).encode())
    secret = os.environ["LATCHKEY_IDENTITY_SECRET"].encode()
    signature = hmac.new(secret, payload.encode(), hashlib.sha256).digest()
    return payload + "." + base64url(signature)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
