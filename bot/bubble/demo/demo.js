// A page can open the bubble from a button of its own.
document.getElementById("try").addEventListener("click", () => {
  document.querySelector("latchkey-bubble").open();
});
