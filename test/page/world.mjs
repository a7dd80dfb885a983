// SPDX-License-Identifier: GPL-3.0-or-later
// Pages that the analyzer makes, and a browser that opens them and notes whatever it should not do.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { SCRATCH, ANALYZER, CHROMIUM, PROJECT_ROOT, SCREENSHOTS } = process.env;
export const charts = process.env.CHARTS === '1';

// Runs the analyzer on a log: a path, or text; `now` may be undefined, for the wall clock or --complete. Returns the folder
// with the page.
export function makePage(name, log, now, ...options) {
  const folder = fs.mkdtempSync(path.join(SCRATCH, `${name}-`));
  let file = log;
  if (log.includes('\n') || log === '') {
    file = `${folder}.log`;
    fs.writeFileSync(file, log);
  }
  const at = now === undefined ? [] : ['--now', new Date(now * 1000).toISOString()];
  try {
    execFileSync(ANALYZER, ['--output-directory', folder, ...at, '--report-rules',
      path.join(PROJECT_ROOT, 'share/report-rules'), ...options, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    // It reports lines that were lost by its exit status.
    if (!fs.existsSync(path.join(folder, 'index.html'))) throw error;
  }
  return folder;
}

export const recordedWeek = path.join(PROJECT_ROOT, 'examples/week.log.gz');
export const kSizes = { phone: [390, 844], tablet: [1024, 768], wall: [1920, 1080] };

let browser;
export const start = async () => { browser = await chromium.launch({ executablePath: CHROMIUM }); };
export const stop = () => browser.close();

// Opens a page as it lies on the disk, `now` seconds after 1970, and calls `look` with it. What it asked for besides its
// own files, and what it said on the console, fails the test. `timers`: they run when page.clock says so.
// `stripped`: the page without its script, in a browser that runs scripts.
export async function open(folder, { now, size = 'tablet', theme = 'light', language = 'en', hash = '', script = true, stripped = false, url, timers = false, ...more },
  look) {
  const [width, height] = kSizes[size];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, javaScriptEnabled: script, locale: language, ...more });
  const wrong = [];
  const home = url ?? pathToFileURL(folder + '/').href;
  try {
    // With timers of its own a page's animations stand still.
    await (timers ? context.clock.install({ time: now * 1000 }) : context.clock.setFixedTime(now * 1000));
    context.setDefaultTimeout(10000);
    await context.route('**/*', (route) => {
      const asked = route.request().url();
      if (stripped && /\.html$/.test(asked)) {
        const text = fs.readFileSync(new URL(asked)).toString();
        return route.fulfill({ contentType: 'text/html', body: text.replace(/<script>[^]*?<\/script>/, '') });
      }
      if (asked.startsWith(home) || asked.startsWith('data:image/svg+xml,')) return route.continue();
      wrong.push(`asked for ${asked}`);
      return route.abort();
    });
    const page = await context.newPage();
    page.on('console', (message) => wrong.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => wrong.push(`error: ${error.stack}`));
    page.on('requestfailed', (request) => {
      // A picture whose place a chart takes need not come any more.
      if (request.failure().errorText !== 'net::ERR_ABORTED') wrong.push(`failed: ${request.url()} ${request.failure().errorText}`);
    });
    page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    await page.goto(`${home}${language === 'en' ? 'index.html' : `index.${language}.html`}${hash}`, { waitUntil: 'load' });
    const result = await look(page);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    return result;
  } finally {
    await context.close();
  }
}

// Scrolls through the page, so that every chart of it is made.
export async function seeAll(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let at = 0; at < height; at += 600) {
    await page.evaluate((top) => scrollTo({ top, behavior: 'instant' }), at);
    await page.waitForTimeout(30); // a frame or two; without scripts nothing tells of them
  }
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
}

export const screenshot = (page, name, whole = false) =>
  page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: whole });

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What axe finds, a line for each rule that is broken.
export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | ')}`);
}
