// What if: moves the picture along the rates. Every sentence, and every number in one, comes from
// the page; texts only ever become text.
(() => {
  "use strict";
  const figure = document.getElementById("whatif-figure");
  const source = document.getElementById("whatif-data");
  if (!figure || !source) return;
  const data = JSON.parse(source.textContent);
  const get = name => document.getElementById(`whatif-${name}`);
  const slider = get("rate"), target = get("target");

  // The same sums as in Python, in the same order.
  const expected = (day, rate) => data.start[day] + data.slope[day] * rate;
  const half = (day, rate) => {
    const [first, second, third] = data.square[day];
    return Math.sqrt(Math.max(first + second * rate + third * rate * rate, 0));
  };

  const days = data.start.length, [left, right, bottom, top] = data.box, [low, high] = data.scores;
  const point = (day, score) => {
    const x = left + day / days * (right - left);
    const y = bottom + (score - low) / (high - low) * (top - bottom);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  const along = scoreOf => {
    const points = data.start.map((_, day) => point(day + 1, scoreOf(day)));
    return data.joined ? [point(0, data.now), ...points] : points;
  };

  const move = () => {
    const chosen = Number(slider.value);
    let place = 0;
    data.rates.forEach((rate, at) => {
      if (Math.abs(rate - chosen) < Math.abs(data.rates[place] - chosen)) place = at;
    });
    const rate = data.rates[place];
    const above = along(day => expected(day, rate) + half(day, rate));
    const below = along(day => expected(day, rate) - half(day, rate));
    get("band").setAttribute("d", `M${[...above, ...below.reverse()].join("L")}Z`);
    get("line").setAttribute("d", `M${along(day => expected(day, rate)).join("L")}`);
    get("now").textContent = String(rate);
    slider.setAttribute("aria-valuetext", (rate === 1 ? data.one : data.many).replace("{rate}", String(rate)));
    get("said").replaceChildren(...data.said[place].map(sentence => {
      const paragraph = document.createElement("p");
      paragraph.textContent = sentence;
      return paragraph;
    }));
    get("picture").setAttribute("aria-label", `Picture of the path. ${data.said[place][0]}`);
  };

  const answer = () => {
    const wanted = target.valueAsNumber, last = days - 1;
    if (!Number.isFinite(wanted)) {
      get("hold").textContent = "Give a score as a number.";
      return;
    }
    let rate = null, possible = null, sure = null, holds = true;
    for (let tenth = Math.ceil(data.low * 10); tenth <= Math.floor(data.high * 10); tenth++) {
      const at = tenth / 10, middle = expected(last, at), wide = half(last, at);
      if (rate === null && middle >= wanted) rate = at;
      if (possible === null && middle + wide >= wanted) possible = at;
      if (sure === null && middle - wide >= wanted) sure = at;
      holds &&= middle - wide < wanted && wanted <= middle + wide;
    }
    const way = holds ? "cannot tell" : rate === null ? possible === null ? "nowhere" : "hardly"
      : sure === null ? "perhaps" : "surely";
    const said = {
      target: wanted.toLocaleString("en-US", { maximumSignificantDigits: 10 }).replace("-", "−"),
      posts: (rate === 1 ? data.one : data.many).replace("{rate}", String(rate)),
      possible: String(possible),
      sure: String(sure),
    };
    get("hold").textContent = data.hold[way].replace(/\{(target|posts|possible|sure)\}/g, (_, name) => said[name]);
  };

  for (const one of figure.querySelectorAll(".whatif-live")) one.hidden = false;
  slider.addEventListener("input", move);
  target.addEventListener("input", answer);
  move();
  answer();
})();
