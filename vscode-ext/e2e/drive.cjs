// Drives the editor as a person would: open the file, wait for the squiggle, look at Problems.
//   node drive.cjs URL SCREENSHOT works|broken
const assert = require('node:assert');
const { chromium } = require('playwright-core');

const [url, screenshot, mode] = process.argv.slice(2);

async function openFile(page, name) {
  await page.waitForSelector('.monaco-workbench', { timeout: 60000 });
  await page.waitForTimeout(1500);
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      await page.keyboard.press('Control+p');
      const box = page.locator('.quick-input-widget input.input');
      await box.waitFor({ timeout: 5000 });
      await box.fill(name);
      await page.waitForTimeout(800);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.monaco-editor .view-lines', { timeout: 5000 });
      return;
    } catch {
      // Keys are lost while the workbench starts, and Quick Open may come before the folder is indexed.
      await page.keyboard.press('Escape');
    }
  }
  throw new Error(`could not open ${name}`);
}

async function works(page) {
  await page.keyboard.press('Control+Shift+m');
  const rows = page.locator('.markers-panel .monaco-list-row');
  const finding = rows.filter({ hasText: 'HP101' }).first();
  await finding.waitFor({ timeout: 40000 });
  await finding.click();
  await page.keyboard.press('ArrowRight'); // unfold its related places
  await page.waitForTimeout(500);
  const text = (await rows.allInnerTexts()).join('\n');
  assert.match(text, /HP101/, 'the list of results is walked node by node');
  assert.match(text, /hplint/, 'the source is named');
  assert.match(text, /the next address comes from here/, 'the related places are there');
  assert.ok(await finding.locator('a').count(), 'the rule is a link to its page');
  await finding.dblclick(); // go there
  await page.waitForSelector('.squiggly-warning, .squiggly-info, .squiggly-error', { timeout: 10000 });
  await page.screenshot({ path: screenshot });
  console.log(text);
}

async function broken(page) {
  const toast = page.locator('.notifications-toasts', { hasText: 'hplint' });
  await toast.first().waitFor({ timeout: 40000 });
  const text = await toast.first().innerText();
  assert.match(text, /cannot start|couldn't create connection|failed/i);
  assert.strictEqual(await page.locator('.squiggly-warning').count(), 0);
  await page.screenshot({ path: screenshot });
  console.log(text);
}

(async () => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(url);
    await openFile(page, 'julia.c');
    try {
      await (mode === 'works' ? works : broken)(page);
    } catch (error) {
      await page.screenshot({ path: screenshot });
      throw error;
    }
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
