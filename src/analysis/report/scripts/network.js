// The network, so that it can be moved. The layout comes from the page; nothing is asked of anyone,
// and texts of posts only ever become text.
(() => {
  "use strict";
  const figure = document.getElementById("network-figure");
  const source = document.getElementById("network-data");
  if (!figure || !source) return;
  const data = JSON.parse(source.textContent);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return;

  // ---- The layout as arrays
  const count = data.t.length, marks = data.upticks, lanes = data.lanes;
  const times = new Int32Array(count), tops = new Float32Array(count);
  const rows = new Uint16Array(count), sharing = new Uint8Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    times[i] = sum += data.t[i];
    rows[i] = data.looks[data.look[i]][0];
    tops[i] = lanes[rows[i]][1] + data.y[i];
  }
  const text = i => {
    const own = typeof data.text[i] === "number" ? data.text[data.text[i]] : data.text[i];
    return own || "(no text)";
  };
  const kind = i => data.looks[data.look[i]][1];
  // An item is a post (0 … count - 1) or an uptick (count …).
  const items = count + marks.length;
  const ties = Array.from({ length: items }, () => []);
  for (const [of, post, proof, sure] of data.shares) {
    sharing[post] = 1;
    ties[of].push({ to: post, why: `${data.evidence[proof]}, confidence ${sure}` });
    ties[post].push({ to: of, why: `${data.evidence[proof]}, confidence ${sure}` });
  }
  marks.forEach((mark, at) => {
    for (const post of mark[6]) {
      ties[post].push({ to: count + at, why: `within ${data.hours} hours` });
      ties[count + at].push({ to: post, why: `within ${data.hours} hours` });
    }
  });
  const timeOf = item => item < count ? times[item] : marks[item - count][0];
  const heightOf = item => item < count ? tops[item] : marks[item - count][1];
  const rowOf = item => item < count ? rows[item] + 1 : 0;
  const rowItems = [marks.map((_, at) => count + at), ...lanes.map(() => [])];
  for (let i = 0; i < count; i++) rowItems[rows[i] + 1].push(i);
  const visible = lanes.map(() => true);
  const isShown = item => item >= count || visible[rows[item]];

  // ---- Words
  const ahead = at => {
    let found = data.offsets[0][1];
    for (const [since, minutes] of data.offsets) if (since <= at) found = minutes;
    return found;
  };
  const local = at => new Date((data.epoch + at + ahead(at)) * 6e4).toISOString();
  const when = item => {
    if (item >= count) return marks[item - count][2];
    const told = local(timeOf(item));
    return told.slice(0, 10) + (/time of day not known|^day$/.test(kind(item)) ? "" : ` ${told.slice(11, 16)}`);
  };
  const laneName = item => item < count ? lanes[rows[item]][0] : data.score;
  const isBare = item => !marks[item - count][5];
  const title = item => item < count ? text(item)
    : `${isBare(item) ? "Bare uptick" : "Uptick"} of ${marks[item - count][3]} to ${marks[item - count][4]}`;
  const about = item => `${laneName(item)}, ${item < count ? kind(item) + ", " : ""}${when(item)}`;
  const apart = (item, other) => {
    const hours = (timeOf(other) - timeOf(item)) / 60, size = Math.abs(hours);
    const said = size < 1.5 ? `${Math.round(size * 60)} minutes` : size < 72 ? `${size.toFixed(0)} hours`
      : `${(size / 24).toFixed(0)} days`;
    return `${said} ${hours < 0 ? "before" : "after"}`;
  };
  const relation = (item, other) => other >= count ? "uptick"
    : item >= count ? "post before it" : sharing[item] && rows[other] === 0 ? "shares" : "shared on";
  const tied = item => {
    const shown = ties[item].filter(tie => isShown(tie.to));
    if (!shown.length && item < count) return "Joined to nothing.";
    if (!shown.length) {
      return isBare(item) ? `No ${lanes[0][0]} post in the ${data.hours} hours before.`
        : `A ${lanes[0][0]} post stands in the ${data.hours} hours before; it is not drawn.`;
    }
    return `Joined to ${shown.map(tie => `${laneName(tie.to)} ${apart(item, tie.to)} (${tie.why})`).join("; ")}.`;
  };

  // ---- Elements
  const make = (tag, options = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (name === "class") element.className = value;
      else if (name in element && name !== "role") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const button = (label, name, act) => {
    const made = make("button", { type: "button", textContent: label, "aria-label": name, title: name });
    made.addEventListener("click", act);
    return made;
  };
  const bar = make("div", { class: "network-bar network-live", role: "group", "aria-label": "Controls of the picture" });
  const stage = make("div", { class: "network-stage network-live" });
  const tip = make("div", { class: "network-tip", hidden: true, "aria-hidden": "true" });
  const status = make("p", { class: "unseen", role: "status", id: "network-status" });
  const details = make("div", { class: "network-details", role: "group", tabIndex: -1, hidden: true, "aria-label": "Details" });
  const hint = make("p", { class: "note network-live", id: "network-hint", textContent:
    "Drag to move in time; zoom with + and −, a pinch, or the wheel (after a click on the picture, or with Ctrl). By keyboard: left and right go along a strip, up and down between strips, Enter shows details, Esc leaves them, 0 shows everything." });
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Posts, their shares and upticks over time");
  canvas.setAttribute("aria-describedby", "network-words network-hint");
  stage.append(canvas, tip);

  // ---- The view: which time is shown
  let width = 0, left = 112, scale = 1, begin = 0, current = -1, hovered = -1, colors = {}, waiting = false;
  const RIGHT = 14, AXIS = 24;
  const height = data.height + AXIS;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const x = at => left + (at - begin) * scale;
  const at = place => begin + (place - left) / scale;
  const room = () => Math.max(40, width - left - RIGHT);
  const widest = () => room() / data.minutes;
  const CLOSEST = 1; // pixels a minute
  const hold = () => {
    scale = Math.min(Math.max(scale, widest()), Math.max(CLOSEST, widest()));
    begin = Math.min(Math.max(begin, 0), data.minutes - room() / scale);
  };
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
  const zoom = (times, place = left + room() / 2) => {
    const kept = at(place);
    scale *= times;
    hold();
    begin = kept - (place - left) / scale;
    hold();
    later();
  };
  const pan = pixels => {
    const before = begin;
    begin -= pixels / scale;
    hold();
    if (begin !== before) later();
  };
  let moving = 0;
  const glide = (toBegin, toScale = scale) => {
    cancelAnimationFrame(moving);
    const fromBegin = begin, fromScale = scale, start = performance.now();
    const step = now => {
      const part = calm.matches ? 1 : Math.min(1, (now - start) / 220), eased = part * (2 - part);
      scale = fromScale * Math.pow(toScale / fromScale, eased);
      begin = fromBegin + (toBegin - fromBegin) * eased;
      hold();
      draw();
      if (part < 1) moving = requestAnimationFrame(step);
    };
    if (calm.matches) step(start); else moving = requestAnimationFrame(step);
  };
  const center = (item, least = 0) => {
    const to = Math.max(scale, least);
    glide(timeOf(item) - room() / to / 2, to);
  };

  // ---- Drawing
  const readColors = () => {
    const style = getComputedStyle(figure);
    for (const name of ["ink", "quiet", "line", "card", "wash", "tie", "bare", "accent"]) {
      colors[name] = style.getPropertyValue(`--${name}`).trim();
    }
    colors.font = getComputedStyle(document.body).fontFamily;
  };
  const first = minute => { // the first post at or after a minute
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < minute) low = middle + 1; else high = middle;
    }
    return low;
  };
  const lines = (pairs, color, thickness, alpha) => {
    pen.globalAlpha = alpha;
    pen.strokeStyle = color;
    pen.lineWidth = thickness;
    pen.beginPath();
    for (const [from, to] of pairs) {
      if (!isShown(from) || !isShown(to)) continue;
      const fromX = x(timeOf(from)), toX = x(timeOf(to));
      if (Math.max(fromX, toX) < left || Math.min(fromX, toX) > width) continue;
      pen.moveTo(fromX, heightOf(from));
      pen.lineTo(toX, heightOf(to));
    }
    pen.stroke();
    pen.globalAlpha = 1;
  };
  const shareLines = data.shares.map(([of, post]) => [of, post]);
  const leadLines = marks.flatMap((mark, place) => mark[6].map(post => [post, count + place]));
  const glyph = (place, y, size, bare) => {
    pen.beginPath();
    if (bare) {
      pen.moveTo(place, y - size); pen.lineTo(place + size, y); pen.lineTo(place, y + size); pen.lineTo(place - size, y);
    } else {
      pen.moveTo(place, y - size); pen.lineTo(place + size, y + 0.8 * size); pen.lineTo(place - size, y + 0.8 * size);
    }
    pen.closePath();
    pen.fillStyle = bare ? colors.card : colors.tie;
    pen.strokeStyle = bare ? colors.bare : colors.card;
    pen.lineWidth = bare ? 1.6 : 0.8;
    pen.fill();
    pen.stroke();
  };
  const dots = (from, to) => {
    const near = scale > 0.004, plain = near ? 2 : 1, shared = near ? 3.4 : 1.9, own = near ? 4.4 : 3;
    pen.fillStyle = colors.quiet;
    pen.globalAlpha = 0.6;
    for (let i = from; i < to; i++) {
      if (!rows[i] || sharing[i] || !visible[rows[i]]) continue;
      pen.fillRect(Math.round(x(times[i]) - plain), tops[i] - plain, 2 * plain, 2 * plain);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = colors.tie;
    pen.beginPath();
    for (let i = from; i < to; i++) {
      if ((rows[i] && !sharing[i]) || !visible[rows[i]]) continue;
      const place = x(times[i]), size = rows[i] ? shared : own;
      pen.moveTo(place + size, tops[i]);
      pen.arc(place, tops[i], size, 0, 7);
    }
    pen.fill();
  };
  const ring = item => {
    if (item < 0 || !isShown(item)) return;
    lines(ties[item].map(tie => [item, tie.to]), colors.accent, 2, 1);
    for (const end of [item, ...ties[item].map(tie => tie.to)]) {
      if (!isShown(end)) continue;
      pen.strokeStyle = end === item ? colors.ink : colors.accent;
      pen.lineWidth = end === item ? 2.5 : 1.5;
      pen.beginPath();
      pen.arc(x(timeOf(end)), heightOf(end), end === item ? 8.5 : 6, 0, 7);
      pen.stroke();
    }
  };
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const ticks = () => {
    const day = 1440 * scale, found = [];
    const step = [1, 2, 7, 14].find(days => days * day >= 70);
    const months = step ? 0 : [1, 2, 3, 6, 12, 24, 60, 120, 240].find(each => each * 30.4 * day >= 74) || 480;
    const from = new Date(local(Math.max(0, begin)));
    const minuteOf = time => { const plain = time / 6e4 - data.epoch; return plain - ahead(plain - ahead(plain)); };
    let last = null;
    for (let n = 0; n < 400; n++) {
      let moment;
      if (step) {
        const days = Math.floor(from.getTime() / 864e5);
        moment = new Date((days - days % step + n * step) * 864e5);
      } else {
        const month = from.getUTCFullYear() * 12 + from.getUTCMonth();
        moment = new Date(Date.UTC(0, month - month % months + n * months, 1));
        moment.setUTCFullYear(Math.floor((month - month % months + n * months) / 12));
      }
      const minute = minuteOf(moment.getTime());
      if (x(minute) > width - RIGHT + 1) break;
      if (x(minute) < left) continue;
      const year = moment.getUTCFullYear(), name = MONTHS[moment.getUTCMonth()];
      const short = step ? `${moment.getUTCDate()} ${name}` : name;
      found.push([minute, year === last ? short : `${short} ${year}`]);
      last = year;
    }
    return found;
  };
  const draw = () => {
    const ratio = canvas.width / width;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colors.card;
    pen.fillRect(0, 0, width, height);
    const right = width - RIGHT, marksOfTime = ticks();
    pen.fillStyle = colors.wash;
    for (const [, top] of lanes) pen.fillRect(left, top, right - left, data.laneHeight);
    pen.strokeStyle = colors.line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const [minute] of marksOfTime) { pen.moveTo(x(minute), data.scoreTop); pen.lineTo(x(minute), data.height); }
    for (const [, y] of data.levels) { pen.moveTo(left, y); pen.lineTo(right, y); }
    pen.stroke();
    pen.save();
    pen.beginPath();
    pen.rect(left - 3, 0, right - left + 8, height);
    pen.clip();
    hatch();
    pen.strokeStyle = pen.fillStyle = colors.bare;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    for (const [minute] of data.breaks) { pen.moveTo(x(minute), data.scoreTop); pen.lineTo(x(minute), data.height); }
    if (data.since) { pen.moveTo(x(data.since), lanes[0][1]); pen.lineTo(x(data.since), data.height); }
    pen.stroke();
    pen.setLineDash([]);
    pen.font = `12px ${colors.font}`;
    data.breaks.forEach(([minute, label], place) => {
      const late = x(minute) > (left + right) / 2;
      pen.textAlign = late ? "right" : "left";
      if (x(minute) >= left && x(minute) <= right) pen.fillText(label, x(minute) + (late ? -4 : 4), data.scoreTop + 11 + 14 * (place % 4));
    });
    lines(shareLines, colors.tie, 0.8, 0.45);
    lines(leadLines, colors.tie, 1, 0.8);
    const margin = 12 / scale;
    dots(first(begin - margin), first(at(width) + margin));
    scoreLine();
    const size = scale > 0.004 ? 6.5 : 5;
    for (const mark of marks) {
      const place = x(mark[0]);
      if (place > left - 12 && place < width + 12) glyph(place, mark[1], size, !mark[5]);
    }
    ring(hovered);
    ring(current);
    pen.restore();
    writing(marksOfTime);
  };
  const hatch = () => {
    pen.strokeStyle = colors.quiet;
    pen.globalAlpha = 0.5;
    pen.beginPath();
    for (const [, top, , unknown] of lanes) {
      for (const [from, to] of unknown) {
        const low = Math.max(left, x(from)), high = Math.min(width, x(to)), tall = data.laneHeight;
        for (let place = low; place < high; place += 6) {
          const run = Math.min(tall / 2, high - place);
          pen.moveTo(place, top + tall);
          pen.lineTo(place + run, top + tall - 2 * run);
        }
      }
    }
    pen.stroke();
    pen.globalAlpha = 1;
  };
  const scoreLine = () => {
    pen.strokeStyle = pen.fillStyle = colors.ink;
    pen.lineWidth = 1.4;
    pen.beginPath();
    for (const run of data.line) {
      if (run.length === 1) { pen.rect(x(run[0][0]) - 0.5, run[0][1] - 0.5, 1, 1); continue; }
      run.forEach(([minute, y], place) => place ? pen.lineTo(x(minute), y) : pen.moveTo(x(minute), y));
    }
    pen.stroke();
  };
  const writing = marksOfTime => {
    const small = left < 90;
    pen.fillStyle = colors.quiet;
    pen.font = `12px ${colors.font}`;
    pen.textAlign = "right";
    for (const [label, y] of data.levels) pen.fillText(label, left - 8, y + 4);
    pen.textAlign = "center";
    marksOfTime.forEach(([minute, label]) => {
      const half = pen.measureText(label).width / 2;
      pen.fillText(label, Math.min(Math.max(x(minute), half), width - half), data.height + 15);
    });
    lanes.forEach(([name, top, posts], row) => {
      pen.fillStyle = visible[row] ? colors.ink : colors.quiet;
      pen.font = `600 ${small ? 11 : 13}px ${colors.font}`;
      pen.textAlign = "right";
      let said = [...name];
      while (said.length > 2 && pen.measureText(said.join("")).width > left - 12) said = [...said.slice(0, -2), "…"];
      pen.fillText(said.join(""), left - 8, top + data.laneHeight / 2 - 2);
      pen.fillStyle = colors.quiet;
      pen.font = `12px ${colors.font}`;
      pen.fillText(visible[row] ? posts.toLocaleString("en") : "hidden", left - 8, top + data.laneHeight / 2 + 13);
    });
  };

  // ---- Pointing
  const near = (px, py) => {
    let best = -1, least = 15 * 15;
    const look = item => {
      if (!isShown(item)) return;
      const dx = x(timeOf(item)) - px, dy = heightOf(item) - py, distance = dx * dx + dy * dy;
      if (distance < least) { least = distance; best = item; }
    };
    const reach = 15 / scale;
    for (let i = first(at(px) - reach), end = first(at(px) + reach); i < end; i++) look(i);
    for (let i = count; i < items; i++) look(i);
    return best;
  };
  const showTip = item => {
    if (item === hovered) return;
    hovered = item;
    tip.hidden = item < 0;
    if (item >= 0) {
      tip.replaceChildren(make("p", {}, make("strong", {}, make("bdi", { textContent: title(item) }))),
        make("p", { textContent: about(item) }), make("p", { textContent: tied(item) }));
      const place = x(timeOf(item)), y = heightOf(item);
      const over = Math.min(Math.max(0, place + 14), Math.max(0, width - tip.offsetWidth));
      const under = y + 14 + tip.offsetHeight > height ? y - 14 - tip.offsetHeight : y + 14;
      tip.style.transform = `translate(${over}px, ${Math.max(0, under)}px)`;
    }
    later();
  };
  const pointers = new Map();
  let moved = 0, spread = 0;
  const where = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, where(event));
    moved = 0;
    spread = 0;
    cancelAnimationFrame(moving);
  });
  canvas.addEventListener("pointermove", event => {
    const now = where(event), before = pointers.get(event.pointerId);
    if (!before) { showTip(near(...now)); return; }
    pointers.set(event.pointerId, now);
    if (pointers.size === 1) {
      moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
      if (moved > 4) { showTip(-1); pan(now[0] - before[0]); }
    } else {
      const [one, other] = [...pointers.values()];
      const wide = Math.max(10, Math.abs(one[0] - other[0]));
      if (spread) zoom(wide / spread, (one[0] + other[0]) / 2);
      spread = wide;
      moved = 99;
    }
  });
  const lift = event => {
    const place = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    spread = 0;
    if (event.type === "pointerup" && place && moved <= 4) {
      const item = near(...place);
      if (item >= 0) { focusOn(item, false); explain(item); }
    }
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => showTip(-1));
  canvas.addEventListener("wheel", event => {
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(-event.deltaX);
    else zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), where(event)[0]);
  }, { passive: false });

  // ---- By keyboard
  const focusOn = (item, follow = true) => {
    current = item;
    status.textContent = `${title(item)}. ${about(item)}. ${tied(item)}`;
    const place = x(timeOf(item));
    if (follow && (place < left + 20 || place > width - RIGHT - 20)) center(item); else later();
  };
  const along = step => {
    const row = current < 0 ? 0 : rowOf(current);
    const mine = rowItems[row];
    const place = current < 0 ? -1 : mine.indexOf(current) + step;
    if (current < 0) { start(); return; }
    if (mine[place] !== undefined) focusOn(mine[place]);
  };
  const open = row => rowItems[row].length > 0 && (row === 0 || visible[row - 1]);
  const start = () => {
    for (let row = 0; row < rowItems.length; row++) {
      if (!open(row)) continue;
      focusOn(rowItems[row].find(item => x(timeOf(item)) >= left) ?? rowItems[row][0]);
      return;
    }
  };
  const across = step => {
    if (current < 0) { start(); return; }
    for (let row = rowOf(current) + step; row >= 0 && row < rowItems.length; row += step) {
      if (!open(row)) continue;
      const time = timeOf(current);
      focusOn(rowItems[row].reduce((best, item) => Math.abs(timeOf(item) - time) < Math.abs(timeOf(best) - time) ? item : best));
      return;
    }
  };
  const explain = item => {
    details.replaceChildren(
      make("h3", {}, make("bdi", { textContent: title(item) })), make("p", { textContent: about(item) }));
    const shown = ties[item].filter(tie => isShown(tie.to));
    if (!shown.length) details.append(make("p", { textContent: tied(item) }));
    const list = make("ul");
    for (const { to, why } of shown) {
      const go = make("button", { type: "button" },
        `${relation(item, to)} · ${laneName(to)}, ${apart(item, to)} (${why}): `, make("bdi", { textContent: title(to) }));
      go.addEventListener("click", () => { focusOn(to); explain(to); details.focus(); });
      list.append(make("li", {}, go));
    }
    const close = button("Close", "Close the details", leave);
    details.append(list, make("p", {}, close));
    details.hidden = false;
  };
  const leave = () => {
    const inside = details.contains(document.activeElement);
    details.hidden = true;
    if (inside) canvas.focus();
  };
  const whole = () => glide(0, widest());
  const keys = {
    ArrowLeft: () => along(-1), ArrowRight: () => along(1), ArrowUp: () => across(-1), ArrowDown: () => across(1),
    Enter: () => { if (current >= 0) { explain(current); details.focus(); } },
    "+": () => zoom(1.5, current >= 0 ? x(timeOf(current)) : undefined), "=": () => keys["+"](),
    "-": () => zoom(1 / 1.5, current >= 0 ? x(timeOf(current)) : undefined), "0": whole,
    Home: () => { if (current >= 0) focusOn(rowItems[rowOf(current)][0]); },
    End: () => { if (current >= 0) focusOn(rowItems[rowOf(current)].at(-1)); },
  };
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  figure.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    if (!details.hidden) leave();
    else if (current >= 0) { current = -1; status.textContent = ""; showTip(-1); later(); }
  });

  // ---- Controls
  const jump = item => { focusOn(item, false); center(item, 0.012); explain(item); };
  const pick = make("select", { "aria-label": "Jump to an uptick" }, make("option", { value: "", textContent: "Jump to an uptick…" }));
  marks.forEach((mark, place) => pick.append(make("option", {
    value: String(place), textContent: `${mark[2]} ${mark[3]} ${mark[5] ? "after a post" : "bare"}` })));
  pick.addEventListener("change", () => { if (pick.value !== "") jump(count + Number(pick.value)); });
  const choices = make("fieldset", {}, make("legend", { textContent: "Channels" }));
  lanes.forEach(([name], row) => {
    const box = make("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      visible[row] = box.checked;
      if (current >= 0 && !isShown(current)) { current = -1; leave(); }
      else if (!details.hidden && current >= 0) explain(current);
      showTip(-1);
      status.textContent = `${name} ${box.checked ? "shown" : "hidden"}`;
      later();
    });
    choices.append(make("label", {}, box, make("bdi", { textContent: name })));
  });
  bar.append(button("+", "Zoom in", () => zoom(1.5)), button("−", "Zoom out", () => zoom(1 / 1.5)),
    button("◀", "Earlier", () => glide(begin - room() / scale / 2)), button("▶", "Later", () => glide(begin + room() / scale / 2)),
    button("All", "All: show everything", whole));
  if (marks.length) bar.append(pick);
  bar.append(choices);
  const still = figure.querySelector('[role="img"]');
  still.before(bar, stage, hint);
  stage.after(status, details);
  figure.classList.add("is-live");

  const resize = () => {
    const now = stage.clientWidth;
    if (!now) return;
    const ratio = Math.min(3, devicePixelRatio || 1), before = width;
    width = now;
    left = width < 560 ? 74 : 112;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    if (!before) { // on a narrow page, the newest days at a scale that can be read
      scale = Math.max(widest(), Math.min(1.6 / 1440, 4 * widest()));
      begin = data.minutes;
    }
    hold();
    draw();
  };
  readColors();
  new ResizeObserver(resize).observe(stage);
  for (const query of ["(prefers-color-scheme: dark)", "print", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", () => { readColors(); later(); });
  }
  // For measuring, and for a reader's own console.
  figure.network = { pan, zoom, draw, jump, near, state: () => ({ begin, scale, current, hovered, width, left, x, timeOf, heightOf, rowOf, count, marks, visible }) };
})();
