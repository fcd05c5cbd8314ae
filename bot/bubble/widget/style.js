/**
 * How the panel looks. Pages change it with the custom properties --latchkey-accent,
 * --latchkey-font, --latchkey-width, --latchkey-height and --latchkey-radius.
 */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  --back: #fff; --soft: #f3f4f7; --text: #1d232b; --mute: #5b6672; --line: #e2e5ea;
  --tint: color-mix(in srgb, var(--a) 8%, var(--back)); --strong: color-mix(in srgb, var(--a) 88%, #000);
  --good: #14713d; --warn: #8a4b00; --warn-back: #fff5e5; --bad: #b42318;
  color-scheme: light dark;
}
@supports (color: oklch(from red l c h)) {
  :host { --strong: oklch(from var(--a) min(l, .45) c h); }
}
@media (prefers-color-scheme: dark) {
  :host {
    --back: #171b20; --soft: #232930; --text: #e9ecf0; --mute: #a0abb7; --line: #323a43;
    --tint: color-mix(in srgb, var(--a) 22%, var(--back)); --strong: color-mix(in srgb, var(--a) 45%, #fff);
    --good: #6fd39b; --warn: #ffc46b; --warn-back: #33280f; --bad: #ff9d94;
  }
  @supports (color: oklch(from red l c h)) {
    :host { --strong: oklch(from var(--a) max(l, .78) min(c, .14) h); }
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.panel {
  position: absolute; bottom: 76px; right: 0;
  display: flex; flex-direction: column;
  width: min(var(--latchkey-width, 400px), calc(100vw - 40px));
  height: min(var(--latchkey-height, 660px), calc(100dvh - 120px));
  overflow: hidden; border: 1px solid var(--line); border-radius: var(--latchkey-radius, 18px);
  background: var(--back); color: var(--text);
  box-shadow: 0 2px 6px #0000000f, 0 18px 50px #00000029;
  font-size: 15.5px; line-height: 1.5; text-align: start; overflow-wrap: anywhere;
  animation: rise .18s ease-out;
}
:host([position=left]) .panel { right: auto; left: 0; }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }

button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { cursor: default; }
:focus-visible { outline: 2px solid var(--strong); outline-offset: 2px; }
h2:focus, .log:focus:not(:focus-visible) { outline: none; }
svg { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

header { display: flex; align-items: center; gap: 4px; padding: 12px 10px 12px 16px; border-bottom: 1px solid var(--line); }
.mark { display: grid; place-items: center; width: 38px; height: 38px; margin-inline-end: 8px; border-radius: 50%; background: var(--a); color: var(--o, #fff); }
.who { flex: 1; min-width: 0; }
h2 { margin: 0; font-size: 16px; font-weight: 650; line-height: 1.3; }
.status { margin: 0; color: var(--mute); font-size: 12.5px; line-height: 1.35; min-height: 1.35em; }
.status.team { color: var(--good); }
.icon { display: grid; place-items: center; width: 40px; height: 40px; padding: 0; border: 0; border-radius: 10px; background: none; color: var(--mute); }
.icon[aria-expanded=true] { background: var(--soft); color: var(--text); }
.icon svg { stroke-width: 2.4; }
[aria-haspopup] svg { stroke-width: 3.6; }

.menu { position: absolute; z-index: 2; inset-block-start: 58px; inset-inline-end: 12px; min-width: 230px; max-width: calc(100% - 24px); max-height: calc(100% - 80px); overflow: auto; padding: 6px; border: 1px solid var(--line); border-radius: 14px; background: var(--back); box-shadow: 0 10px 34px #00000033; }
.menu button { display: flex; align-items: center; justify-content: space-between; gap: 12px; width: 100%; min-height: 42px; padding: 8px 12px; border: 0; border-radius: 9px; background: none; text-align: start; }
.menu button:focus-visible { background: var(--soft); outline-offset: -2px; }
.group:not(:first-child) { margin-top: 6px; padding-top: 6px; border-top: 1px solid var(--line); }
.group > span { display: block; padding: 6px 12px 2px; color: var(--mute); font-size: 12.5px; }

.banner, .notice { margin: 0; padding: 8px 16px; font-size: 13.5px; }
.banner { background: var(--soft); color: var(--mute); }
.banner.offline, .banner.outdated, .notice { background: var(--warn-back); color: var(--warn); }
.notice { margin-bottom: 10px; padding: 8px 12px; border-radius: 10px; }

.log { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; outline-offset: -3px; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.row { display: flex; flex-direction: column; align-items: flex-start; margin-top: 16px; animation: come .2s ease-out; }
.row:first-child { margin-top: 0; }
.row.follows { margin-top: 6px; }
@keyframes come { from { opacity: 0; transform: translateY(6px); } }
.log[aria-busy=true] .row { animation: none; }
.row.contact { align-items: flex-end; }
time { align-self: center; margin: 4px 0 12px; color: var(--mute); font-size: 12px; }
.name { margin: 0 4px 3px; color: var(--mute); font-size: 12.5px; }
.bubble { max-width: 88%; padding: 10px 14px; border-radius: 16px; border-end-start-radius: 5px; background: var(--soft); }
.agent .bubble { background: var(--tint); }
.contact .bubble { border-radius: 16px; border-end-end-radius: 5px; background: var(--a); color: var(--o, #fff); white-space: pre-wrap; }
.bubble > * { margin: 0; }
.bubble > * + * { margin-top: 9px; }
ol, ul { padding-inline-start: 1.5em; }
li + li { margin-top: 5px; }
li::marker { color: var(--mute); font-variant-numeric: tabular-nums; }
a { color: var(--strong); text-underline-offset: 3px; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; width: 100%; margin-top: 10px; }
.choices button { display: inline-flex; align-items: center; gap: 8px; max-width: 100%; min-height: 42px; padding: 8px 15px; border: 1px solid color-mix(in srgb, var(--strong) 45%, var(--line)); border-radius: 21px; background: var(--back); color: var(--strong); font-weight: 550; text-align: start; line-height: 1.35; transition: background .12s; }
.choices button:disabled { min-height: 34px; padding-block: 4px; border-color: var(--line); color: var(--mute); font-weight: 400; font-size: 14px; }
.choices button:disabled:not(.chosen) { display: none; }
.choices button.chosen { border-color: var(--strong); background: var(--tint); color: var(--strong); font-weight: 550; }
.choices svg { width: 16px; height: 16px; stroke-width: 2.4; }

.card { width: 100%; max-width: 100%; padding: 14px 16px; border: 1px solid var(--line); border-radius: 14px; background: var(--back); }
.head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; }
.ticket { border-color: color-mix(in srgb, var(--strong) 40%, var(--line)); background: var(--tint); }
.ticket .head > span { flex-basis: 100%; color: var(--mute); font-size: 12.5px; }
.ticket strong { font-size: 21px; font-weight: 680; letter-spacing: .01em; font-variant-numeric: tabular-nums; }
.copy { margin-inline-start: auto; padding: 4px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--back); font-size: 13px; }
.resolved .head { color: var(--good); font-weight: 600; }

.pending .bubble { opacity: .65; }
.meta { margin: 4px 4px 0; color: var(--mute); font-size: 12.5px; animation: come .2s 1s backwards; }
.late .meta { color: var(--warn); animation: none; }
.meta button { min-height: 24px; padding: 0; border: 0; background: none; color: inherit; font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.typing { flex-direction: row; gap: 5px; width: max-content; padding: 15px 16px; border-radius: 16px; border-end-start-radius: 5px; background: var(--soft); }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--mute); animation: breathe 1.2s infinite ease-in-out; }
.typing i:nth-of-type(2) { animation-delay: .15s; }
.typing i:nth-of-type(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }
.newer { position: absolute; z-index: 1; inset-block-end: 132px; inset-inline-start: 50%; translate: -50%; display: flex; align-items: center; gap: 6px; padding: 7px 14px; border: 1px solid var(--line); border-radius: 18px; background: var(--back); box-shadow: 0 4px 14px #0002; font-size: 13.5px; white-space: nowrap; }
.newer svg { width: 16px; height: 16px; }

footer { padding: 10px 12px 12px; border-top: 1px solid var(--line); }
.person { display: inline-flex; align-items: center; gap: 7px; min-height: 34px; margin: 0 0 8px 2px; padding: 4px 12px 4px 9px; border: 0; border-radius: 17px; background: var(--soft); color: var(--text); font-size: 14px; }
.person svg { width: 17px; height: 17px; }
form { display: flex; align-items: flex-end; gap: 8px; padding: 4px 4px 4px 14px; border: 1px solid var(--line); border-radius: 22px; background: var(--back); }
form:focus-within { border-color: var(--strong); box-shadow: 0 0 0 1px var(--strong); }
textarea { flex: 1; min-width: 0; margin: 0; padding: 6px 0; border: 0; outline: none; background: none; resize: none; font-size: 16px; line-height: 24px; max-height: 132px; }
textarea:focus-visible { outline: none; }
textarea::placeholder { color: var(--mute); opacity: 1; }
.send { display: grid; place-items: center; width: 36px; height: 36px; flex: none; padding: 0; border: 0; border-radius: 50%; background: var(--a); color: var(--o, #fff); }
.send:disabled { background: var(--soft); color: var(--mute); }

/* On a touch screen a hover would stay on what was tapped. */
@media (hover: hover) {
  .icon:hover, .menu button:hover { background: var(--soft); color: var(--text); }
  .choices button:hover:enabled { background: var(--tint); border-color: var(--strong); }
  .person:hover { background: var(--tint); color: var(--strong); }
}
@media (max-width: 480px) {
  .panel {
    position: fixed; inset: 0 0 auto; width: auto; height: var(--seen, 100dvh); border: 0; border-radius: 0;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left);
  }
  footer { padding-bottom: max(12px, env(safe-area-inset-bottom)); }
  .icon { width: 44px; height: 44px; }
}
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .bubble, .send, .person { border: 1px solid; } .chosen { outline: 2px solid; } }
`);
