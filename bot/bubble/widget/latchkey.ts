/**
 * Latchkey's chat bubble in one line:
 *
 *   <script src="https://bot.example/latchkey.js" async></script>
 *
 * adds a <latchkey-bubble> to the page unless it has one; `data-…` attributes of the script
 * become its attributes. README.md beside this file lists them.
 */
import { install } from "./bubble";

const script = (document.currentScript ?? document.querySelector('script[src*="latchkey.js"]')) as HTMLScriptElement;

install(new URL(".", script.src), () => {
  if (document.querySelector("latchkey-bubble")) return;
  const bubble = document.createElement("latchkey-bubble");
  for (const name in script.dataset) bubble.setAttribute(name, script.dataset[name]!);
  document.body.append(bubble);
});
