<?php
// On your server, when it makes the page: who is signed in, for one hour.
declare(strict_types=1);

function identity(string $id, string $name, string $email): string
{
    $payload = base64url(json_encode([
        'id' => $id, 'name' => $name, 'email' => $email,
        'exp' => time() + 60 * 60,
    ], JSON_THROW_ON_ERROR));
    $secret = getenv('LATCHKEY_IDENTITY_SECRET');
    return $payload . '.' . base64url(hash_hmac('sha256', $payload, $secret, true));
}

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}
