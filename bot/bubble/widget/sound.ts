/**
 * Two soft notes when somebody answers. Nothing sounds before the person has done something on
 * the page: browsers forbid it, and they are right.
 */
export class Sound {
  #audio: AudioContext | undefined;

  play() {
    if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
    const audio = this.#audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume();
    [660, 880].forEach((pitch, i) => {
      const note = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + i * .12;
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(.08, at + .02);
      volume.gain.exponentialRampToValueAtTime(.0001, at + .25);
      note.connect(volume).connect(audio.destination);
      note.start(at);
      note.stop(at + .25);
    });
  }

  leave() { void this.#audio?.close(); }
}
