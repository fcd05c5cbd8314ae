/**
 * The bubble as a module, for pages that place the element themselves:
 *
 *   import "https://bot.example/latchkey.mjs";
 */
import { install } from "./bubble";

install(new URL(".", import.meta.url));
