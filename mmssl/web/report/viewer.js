// One sample: pictures, clip, spectrogram and facts. The address names the sample: #sample=ID.
'use strict';

function addressOf(id) {
  return `#sample=${encodeURIComponent(id)}`;
}

/** The identifier that the address names, or null. */
function idOfAddress() {
  const match = /^#sample=(.+)$/.exec(location.hash);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

class Viewer {
  /** `neighbours()` returns the samples for the buttons Next and Previous. */
  constructor(dialog, neighbours, closed) {
    this.dialog = dialog;
    this.neighbours = neighbours;
    this.sample = null;
    this.video = byId('viewer-video');
    byId('viewer-next').addEventListener('click', () => this.step(1));
    byId('viewer-previous').addEventListener('click', () => this.step(-1));
    byId('viewer-close').addEventListener('click', () => dialog.close());
    byId('viewer-boxes').addEventListener('change', (event) =>
      dialog.classList.toggle('unmarked', !event.target.checked));
    dialog.addEventListener('close', () => {
      const { sample } = this;
      this.sample = null;
      this.stop();
      closed(sample);
    });
    byId('viewer-sound').addEventListener('click', (event) => this.seek(event));
    this.video.addEventListener('play', () => this.follow());
    this.video.addEventListener('timeupdate', () => this.moveCursor());
    this.video.addEventListener('error', () => {
      if (this.video.src) byId('viewer-problem').textContent = 'This browser cannot play the clip.';
    });
  }

  show(sample) {
    this.sample = sample;
    byId('viewer-name').textContent = sample.id;
    byId('viewer-place').textContent = this.place();
    this.showPictures(sample);
    this.showClip(sample);
    this.showSound(sample);
    byId('viewer-problem').textContent = sample.problem ? `The clip could not be read: ${sample.problem}` : '';
    describe(byId('viewer-facts'), factsOf(sample));
    if (!this.dialog.open) {
      this.dialog.showModal();
      byId('viewer-name').focus();
    }
    this.dialog.scrollTop = 0;
  }

  place() {
    const among = this.neighbours();
    const place = among.indexOf(this.sample);
    return place < 0 ? `not among the ${among.length} chosen samples` : `${place + 1} of ${among.length}`;
  }

  showPictures(sample) {
    const picture = (ending, alt) => stageOf(sample, element('img', {
      src: fileOf(sample, ending), alt, width: sample.size[0], height: sample.size[1],
    }));
    const frame = picture('.frame.jpg', `Picture of ${sample.label ?? sample.id}`);
    frame.querySelector('.peak')?.remove();
    byId('viewer-frame').replaceChildren(frame);
    byId('viewer-overlay-figure').hidden = !sample.overlay;
    byId('viewer-overlay').replaceChildren(...(sample.overlay
      ? [picture('.overlay.jpg', `Map over the picture: ${sample.kind}`)] : []));
    byId('viewer-other-figure').hidden = !sample.other?.overlay;
    if (!sample.other) return;
    byId('viewer-overlay-name').textContent = `${REPORT.names[0]}: `;
    byId('viewer-other-name').textContent = `${REPORT.names[1]}: `;
    const other = otherOf(sample);
    byId('viewer-other').replaceChildren(...(other.overlay ? [stageOf(other, element('img', {
      src: fileOf(sample, '.other.jpg'), alt: `Second map over the picture: ${other.kind}`,
      width: sample.size[0], height: sample.size[1],
    }))] : []));
  }

  showClip(sample) {
    this.stop();
    byId('viewer-clip-figure').hidden = !sample.clip;
    if (!sample.clip) return;
    this.video.poster = fileOf(sample, '.frame.jpg');
    this.video.src = fileOf(sample, '.mp4');
  }

  showSound(sample) {
    byId('viewer-sound-figure').hidden = !sample.sound;
    byId('viewer-duration').textContent = sample.duration ?? '';
    if (!sample.sound) return;
    const length = sample.duration;
    const at = (time) => Math.min(length, Math.max(0, time));
    const marks = shape('svg', { viewBox: `0 0 ${length} 1`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    if (sample.event) {
      const [start, end] = sample.event.map(at);
      marks.append(shape('rect', { class: 'event', x: start, width: end - start, y: 0, height: 1 }));
    }
    if (sample.time !== null) {
      marks.append(shape('line', { class: 'instant', x1: at(sample.time), x2: at(sample.time), y1: 0, y2: 1 }));
    }
    this.cursor = shape('line', { class: 'cursor', x1: 0, x2: 0, y1: 0, y2: 1 });
    marks.append(this.cursor);
    byId('viewer-sound').replaceChildren(element('img', { src: fileOf(sample, '.sound.jpg'), alt: 'Spectrogram' }), marks);
  }

  /** Show the next or previous chosen sample and update the address; Back still closes. */
  step(by) {
    const among = this.neighbours();
    const next = among[among.indexOf(this.sample) + by] ?? (among.includes(this.sample) ? null : among[0]);
    if (!next) return;
    history.replaceState(null, '', addressOf(next.id));
    this.show(next);
  }

  togglePlay() {
    if (!this.sample?.clip) return;
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  /** Remove the clip, so that the browser stops reading its file. */
  stop() {
    this.video.pause();
    this.video.removeAttribute('src');
    this.video.removeAttribute('poster');
    this.video.load();
  }

  seek(event) {
    if (!this.sample?.clip) return;
    const { left, width } = byId('viewer-sound').getBoundingClientRect();
    this.video.currentTime = (this.sample.duration * (event.clientX - left)) / width;
  }

  follow() {
    this.moveCursor();
    if (!this.video.paused) requestAnimationFrame(() => this.follow());
  }

  moveCursor() {
    for (const end of ['x1', 'x2']) this.cursor?.setAttribute(end, this.video.currentTime);
  }
}

/** Classification result of a wrongly classified clip, or null. */
function classified(row) {
  return row ? `${row.predicted} (score ${score(row.score)}), wrong ${row.wrong} of ${row.of} times` : null;
}

function factsOf(sample) {
  const named = sample.other ? [[`${REPORT.names[0]}: `, sample], [`${REPORT.names[1]}: `, otherOf(sample)]] : [['', sample]];
  return [
    ['class', sample.label],
    ['classified as', classified(wrongOf.get(sample.id))],
    ...named.flatMap(([name, one]) => [
      [`${name}kind`, `${one.kind}: ${REPORT.kinds.find((kind) => kind.name === one.kind).meaning}`],
      [`${name}cIoU, adaptive rule`, score(one.adaptive)],
      [`${name}cIoU of the preset`, score(one.ciou)],
    ]),
    ['correlation of the maps', sample.other ? score(sample.correlation) : null],
    ['instant', sample.time === null ? null : `${sample.time} s`],
    ['event', sample.event && `${sample.event[0]} – ${sample.event[1]} s`],
    ['group', sample.group],
  ].filter(([, text]) => text !== null && text !== undefined);
}
