// SPDX-License-Identifier: GPL-3.0-or-later
// What the page does where scripts run: charts take the pictures' places, to hover and zoom; the page tells its age, and
// loads itself anew. Without it the page is complete.
//
// Data, as JSON in elements that are no scripts (chart_json.h):
//   #page: made, newest: Unix time; ended: whether the log gets no more lines; offsets: [[since, seconds east of Greenwich], …] of the server; texts
//   in each figure: start, row: seconds; until: up to when the last row that is known is; stack; unit; second_unit; series: [{label, light, dark, dashed, second: whether in
//   the second unit, counts: whether events a minute, begin: since when
//   it is known, within the first row that is; unknown: rows before the first value, values: one a row}]
'use strict';
(() => {
  const page = JSON.parse(document.getElementById('page').textContent);
  const dark = matchMedia('screen and (prefers-color-scheme: dark)');
  const root = document.documentElement;
  root.classList.add('scripted');

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (mark, word) => (word in values ? values[word] : mark));
  const text = (name, values = {}) => fill(page.texts[name], values);
  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  // A choice outlives the page where the browser lets it; from disk it may not.
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* then it does not */ } };

  // --- Time: the server's, wherever the browser is ---

  const offsetAt = (time) => (page.offsets.findLast(([since]) => since <= time) ?? page.offsets[0])[1];
  // A date whose local fields are the server's.
  const serverDate = (time) => {
    const wall = new Date((time + offsetAt(time)) * 1000);
    return new Date(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), wall.getUTCHours(), wall.getUTCMinutes(),
      wall.getUTCSeconds());
  };
  const pad = (number) => String(number).padStart(2, '0');
  const day = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const clock = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const stamp = (time) => { const date = serverDate(time); return `${day(date)} ${clock(date)}`; };
  const duration = (seconds) => {
    for (const [unit, name] of [[86400, 'days'], [3600, 'hours'], [60, 'minutes']]) {
      if (seconds >= 2 * unit) return text(`duration.${name}`, { n: Math.floor(seconds / unit) });
    }
    return text('duration.minute');
  };

  // --- The page's age ---

  const kLate = 30 * 60; // seconds; the analyzer is run every few minutes
  const late = element('li');
  const tellAge = () => {
    const now = Date.now() / 1000;
    if (page.ended || now < page.made) return; // its clock, or this one, is wrong
    if (page.newest) {
      document.getElementById('age').textContent = text('data_age', { time: stamp(page.newest), age: duration(now - page.newest) });
    }
    if (now - page.made < kLate || late.isConnected) return;
    late.textContent = text('stale', { age: duration(now - page.made) });
    const notices = document.getElementById('notices');
    notices.querySelector('ul').append(late);
    notices.hidden = false;
  };
  tellAge();
  setInterval(tellAge, 60 * 1000);

  // --- Loading it anew: not while somebody is at work on it ---

  const kReload = 300 * 1000, kAtWork = 60 * 1000;
  const switched = document.getElementById('reload-on');
  document.getElementById('reload').hidden = page.ended;
  switched.checked = remembered('reload') !== 'off';
  switched.addEventListener('change', () => remember('reload', switched.checked ? 'on' : 'off'));
  let touched = 0;
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel']) {
    addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }
  const loaded = Date.now();
  const zoomed = new Set();
  setInterval(() => {
    if (page.ended || !switched.checked || document.hidden || zoomed.size > 0 || document.querySelector('details[open]')) return;
    if (Date.now() - loaded >= kReload && Date.now() - touched >= kAtWork) location.reload();
  }, 5 * 1000);

  // --- Which range: "#last-week" and "#week-…" choose it, as does the one that was chosen last ---

  const ranges = document.querySelectorAll('input[name="range"]');
  const choose = (tag) => {
    for (const input of ranges) if (input.value === tag) input.checked = true;
  };
  const chosenByAddress = () => {
    const wanted = /^#(?:last-)?(day|week|month|year)(?:-|$)/.exec(location.hash);
    if (!wanted) return false;
    choose(wanted[1]);
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* "#day-%" */ }
    // Smooth scrolling would be overtaken by the charts.
    document.getElementById(id)?.scrollIntoView({ behavior: 'instant' });
    return true;
  };
  if (!chosenByAddress()) choose(remembered('range'));
  addEventListener('hashchange', chosenByAddress);
  for (const input of ranges) input.addEventListener('change', () => remember('range', input.value));

  // --- Charts ---

  if (typeof uPlot === 'undefined') return; // the program was built without it
  root.classList.add('with-charts');
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const language = root.lang;
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const short = new Intl.NumberFormat(language, { maximumSignificantDigits: 3, notation: 'compact' });
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const aboveZero = (u, splits) => splits.map((value) => (value < 0 ? null : value));
  const marks = (format) => (u, splits) => splits.map((value) => (value === null ? null : format.format(value)));
  const kHeight = 190;
  const kFewestRows = 24; // that a chart shows at first
  // What is counted at once is drawn below the rest: a third of the chart is left for it, of which it takes 1 / kSecondShare of the chart.
  const kSecondShare = 3.4;

  // What lies under a series in a stack is added to it. Hidden series add nothing.
  const stacked = (values, shown) => {
    const below = new Array(values[0]?.length ?? 0).fill(0);
    return values.map((series, i) => (shown[i] ? series.map((value, row) => (value === null ? null : (below[row] += value))) : series));
  };

  const axisTimes = (u, splits) => {
    let before = '';
    const span = splits.at(-1) - splits[0];
    return splits.map((time) => {
      const date = serverDate(time);
      const month = `${date.getFullYear()}-${pad(date.getMonth() + 1)}`;
      const shown = span > 200 * 86400 ? month : day(date).slice(5);
      if (span > 3 * 86400 || (date.getHours() === 0 && date.getMinutes() === 0)) {
        const same = shown === before;
        before = shown;
        return same ? '' : shown;
      }
      return clock(date);
    });
  };

  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.data = JSON.parse(figure.querySelector('script').textContent);
      const { start, row, series } = this.data;
      // A step lasts up to the next point: the last row's has one more behind it.
      for (const one of series) one.values = [...new Array(one.unknown).fill(null), ...one.values, one.values.at(-1) ?? null];
      this.rows = series[0].values.length - 1;
      this.end = start + this.rows * row;
      this.times = Array.from({ length: this.rows + 1 }, (_, i) => start + i * row);
      this.shown = series.map(() => true);
      this.build();
      this.plot();
      // Of a short log all is known: what was before it is of no interest.
      const from = Math.min(Math.min(...series.map((one) => one.unknown)) - 1, this.rows - kFewestRows);
      if (page.ended && from > 0) this.u.setScale('x', { min: start + from * row, max: this.end });
    }

    build() {
      const title = figureTitle(this.figure);
      this.read = element('output');
      this.read.setAttribute('aria-live', 'polite');
      const button = (sign, name, act) => {
        const made = element('button', { type: 'button', textContent: sign, title: text(name) });
        made.setAttribute('aria-label', `${text(name)}: ${title}`);
        made.addEventListener('click', act);
        return made;
      };
      const buttons = element('span', {}, button('+', 'zoom_in', () => this.zoom(0.5)),
        button('−', 'zoom_out', () => this.zoom(2)), button('↔', 'whole', () => this.whole()));
      const tools = element('div', { className: 'tools' }, this.read, buttons);
      this.canvas = element('div', { tabIndex: 0 });
      this.canvas.setAttribute('role', 'group');
      this.canvas.setAttribute('aria-label', text('chart', { title }));
      this.canvas.addEventListener('keydown', (event) => this.key(event));
      this.numbers = [];
      const key = element('ul', { className: 'key' }, ...this.data.series.map((series, i) => {
        const swatch = element('i', { className: `${this.data.stack ? '' : 'line'} ${series.dashed ? 'dashed' : ''}` });
        const value = element('b');
        const toggle = element('button', { type: 'button' }, swatch, `${series.label} `, value);
        toggle.setAttribute('aria-pressed', 'true');
        toggle.addEventListener('click', () => this.toggle(i, toggle));
        this.numbers.push({ swatch, value });
        return element('li', {}, toggle);
      }));
      this.box = element('div', { className: 'chart' }, tools, this.canvas, key);
      this.figure.querySelector('.picture.dark').after(this.box);
      this.figure.classList.add('charted');
      new ResizeObserver(() => {
        if (this.box.clientWidth > 0 && this.u && this.box.clientWidth !== this.u.width) {
          this.u.setSize({ width: this.box.clientWidth, height: kHeight });
        }
      }).observe(this.box);
    }

    values() {
      const values = this.data.series.map((series) => series.values);
      return [this.times, ...(this.data.stack ? stacked(values, this.shown) : values)];
    }

    plot() {
      const before = this.u && { min: this.u.scales.x.min, max: this.u.scales.x.max };
      this.u?.destroy();
      const faint = colour('--faint'), rule = colour('--rule');
      const { series, row, stack, unit, second_unit, start } = this.data;
      const { end } = this;
      const font = '12px system-ui, sans-serif';
      const stepped = uPlot.paths.stepped({ align: 1 });
      const two = series.some((one) => one.second);
      const scale = unit.startsWith('byte') ? short : number;
      series.forEach((one, i) => { this.numbers[i].swatch.style.background = dark.matches ? one.dark : one.light; });
      this.u = new uPlot({
        width: Math.max(this.box.clientWidth, 100),
        height: kHeight,
        padding: [8, 20, 0, 0],
        tzDate: serverDate,
        legend: { show: false },
        cursor: {
          y: false,
          sync: { key: this.figure.dataset.range, setSeries: false, scales: ['x', null] },
          drag: { x: true, y: false, setScale: true },
          points: { show: !stack },
        },
        scales: {
          second: { range: (u, min, max) => [0, (max > 0 ? max : 1) * kSecondShare] },
          x: { time: true, range: (u, min, max) => (min === this.times[0] && max === this.times.at(-1) ? [start, end] : [min, max]) },
          y: { range: (u, min, max) => { const top = max > 0 ? max * 1.06 : 1; return [two ? -top / 2 : 0, top]; } },
        },
        axes: [
          { stroke: faint, font, size: 26, grid: { stroke: rule, width: 1 }, ticks: { show: false }, values: axisTimes, space: 64 },
          { stroke: faint, font, size: 52, grid: { stroke: rule, width: 1, filter: aboveZero }, ticks: { show: false }, space: 36,
            filter: aboveZero,
            label: unit, labelSize: 20, labelFont: font, labelGap: 0, values: marks(scale) },
          ...(two ? [{ scale: 'second', side: 1, stroke: faint, font, size: 44, grid: { show: false },
            ticks: { show: false }, space: 24,
            filter: (u, splits) => splits.map((value) => (value > u.scales.second.max / kSecondShare ? null : value)), label: second_unit, labelSize: 20, labelFont: font, labelGap: 0,
            values: marks(number) }] : []),
        ],
        series: [{}, ...series.map((one, i) => {
          const own = dark.matches ? one.dark : one.light;
          return { label: one.label, scale: one.second ? 'second' : 'y', show: this.shown[i], stroke: own, width: stack ? 0 : 1.75, paths: stepped,
            fill: stack ? own : undefined, dash: one.dashed ? [5, 4] : undefined, points: { show: false } };
        })],
        // Of a stack the space between a series and the next one that is shown below.
        bands: stack ? this.bands() : [],
        hooks: {
          setCursor: [(u) => this.tell(u)],
          setScale: [(u, key) => {
            if (key !== 'x') return;
            const all = u.scales.x.min <= start && u.scales.x.max >= end;
            if (all) zoomed.delete(this); else zoomed.add(this);
            if (this.u === u) this.tell(u);
          }],
        },
      }, this.values(), this.canvas);
      this.u.over.addEventListener('dblclick', () => this.whole());
      if (before?.min != null && zoomed.has(this)) this.u.setScale('x', before);
      this.tell(this.u);
    }

    bands() {
      const shown = this.shown.map((on, i) => (on ? i + 1 : 0)).filter(Boolean);
      return shown.slice(1).map((upper, i) => ({ series: [upper, shown[i]] }));
    }

    toggle(i, button) {
      this.shown[i] = !this.shown[i];
      button.setAttribute('aria-pressed', String(this.shown[i]));
      this.plot();
    }

    // The numbers under the cursor; without one, what the part that is seen comes to.
    tell(u) {
      const row = u.cursor.idx == null ? null : Math.min(u.cursor.idx, this.rows - 1);
      this.read.textContent = row == null ? '' : stamp(this.times[row]);
      this.data.series.forEach((series, i) => {
        this.numbers[i].value.textContent = row == null ? this.sum(series) : series.values[row] == null ? '–' : number.format(series.values[row]);
      });
    }

    sum(series) {
      const { min, max } = this.u.scales.x;
      const { row, until } = this.data;
      const seen = series.values.map((value, i) => ({ value, time: this.times[i] }))
        .filter(({ value, time }) => value !== null && time >= min && time < Math.min(max, this.end));
      if (seen.length === 0) return '–';
      // The rows in which it begins, and in which the log has ended, count for the part that is known.
      const minutes = (time) => (Math.min(time + row, until) - Math.max(time, series.begin)) / 60;
      if (series.counts) return whole.format(seen.reduce((sum, { value, time }) => sum + value * minutes(time), 0));
      return text('at_most', { n: number.format(Math.max(...seen.map(({ value }) => value))) });
    }

    whole() {
      this.scale(this.data.start, this.end);
    }

    zoom(factor) {
      const { min, max } = this.u.scales.x;
      const at = this.u.cursor.idx == null ? (min + max) / 2 : this.times[this.u.cursor.idx];
      const span = Math.max((max - min) * factor, 4 * this.data.row);
      this.scale(at - (at - min) * (span / (max - min)), at + (max - at) * (span / (max - min)));
    }

    // Charts of the same range go along.
    scale(min, max) {
      const from = Math.max(min, this.data.start), to = Math.min(max, this.end);
      if (!(from < to)) return;
      for (const other of charts.values()) {
        if (other.figure.dataset.range === this.figure.dataset.range) other.u.setScale('x', { min: from, max: to });
      }
    }

    key(event) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) {
        const { min, max } = this.u.scales.x;
        const first = this.times.findIndex((time) => time >= min), last = this.times.findLastIndex((time) => time < max);
        const from = this.u.cursor.idx ?? (step > 0 ? first - 1 : last + 1);
        const row = Math.min(Math.max(from + step, first), last, this.rows - 1);
        this.u.setCursor({ left: this.u.valToPos(this.times[row] + this.data.row / 4, 'x'), top: 20 });
      } else if (event.key === '+') this.zoom(0.5);
      else if (event.key === '-') this.zoom(2);
      else if (event.key === 'Escape') { this.whole(); this.u.setCursor({ left: -10, top: -10 }); } else return;
      event.preventDefault();
    }
  }

  const figureTitle = (figure) => figure.querySelector('summary .hidden').textContent.replace(/^: /, '');
  const charts = new Map();
  document.getElementById('graphs').append(' ', element('small', { textContent: text('hint') }));
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting && !charts.has(target)) charts.set(target, new Chart(target));
    }
  }, { rootMargin: '400px' });
  for (const figure of document.querySelectorAll('figure:has(> script)')) watcher.observe(figure);
  const repaint = () => { for (const chart of charts.values()) chart.plot(); };
  dark.addEventListener('change', repaint);
})();
