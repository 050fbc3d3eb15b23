import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { runReport } from '../../../trainer/reports/run-report.ts';
import { REPOSITORY, requireData, requireTool } from '../../tools.ts';
import { tinyllm, writeLocalRecipe } from '../trained.ts';
import { exampleRun } from './example-run.ts';

const ARTIFACTS = join(REPOSITORY, 'test', '.artifacts');
const LOOKS = [
  { name: 'desktop-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const satisfies (BrowserContextOptions & { name: string })[];

let folder: string;
beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-'));
  return () => rm(folder, { recursive: true });
});

it('a browser shows the report of a training', async (test) => {
  const browser = await chromiumFor(requireTool('chromium', test));
  const data = requireData('local', test);
  const recipe = await writeLocalRecipe(folder, { tinySteps: 60, folds: true });
  const out = join(folder, 'run');
  const trained = await tinyllm('train', '--recipe', recipe, '--data', data, '--out', out, '--threads', '1');
  expect(trained).toMatchObject({ exit: 0 });
  expect(trained.stderr).toContain(`report: ${join(out, 'report.html')}`);

  for (const { name, ...look } of LOOKS) {
    const { page, problems } = await open(browser, join(out, 'report.html'), look);
    expect(await sectionsOf(page)).toEqual([
      ...['lineage', 'loss', 'validation-f1', 'learning-rate', 'calibration', 'confusion', 'unseen-sessions'],
      ...['groups', 'baselines', 'samples'],
    ]);
    expect(await page.locator('#lineage').textContent()).toMatch(/Time\s*\d+\ss.*Seed\s*1\s*Engine\s*onnx/s);
    expect(await page.locator('.sample').count()).toBe(6);
    expect(await page.locator('#loss .mark, #validation-f1 .mark').count()).toBe(1);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(ARTIFACTS, `report-local-${name}.png`), fullPage: true });
    expect(problems).toEqual([]);
  }
});

it.for<[what: string, labels: string[] | undefined]>([
  ['gestures', undefined],
  ['many labels', Array.from({ length: 40 }, (_, i) => String(i + 1))],
  [
    'hostile labels',
    ['<script>document.title = "owned"</script>', 'x'.repeat(80), 'a "quoted" & long label of many words'],
  ],
])('keeps to the page whatever is in it: %s', async ([what, labels], test) => {
  const browser = await chromiumFor(requireTool('chromium', test));
  const file = join(folder, `${what}.html`);
  await writeFile(file, runReport(exampleRun(labels)));
  for (const { name, ...look } of [LOOKS[0], LOOKS[3]]) {
    const { page, problems } = await open(browser, file, look);
    expect(await page.title()).toBe('gesture: training report');
    expect(await page.locator('#shifts, #groups, #baselines, .lanes').count()).toBe(5);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await page.screenshot({
      path: join(ARTIFACTS, `report-${what.replace(' ', '-')}-${name}.png`),
      fullPage: true,
    });
    expect(problems).toEqual([]);
  }
});

const sectionsOf = (page: Page): Promise<string[]> =>
  page.locator('section').evaluateAll((sections: { id: string }[]) => sections.map(({ id }) => id));

/** By how many pixels the page is wider than its window. */
const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

async function chromiumFor(executablePath: string): Promise<Browser> {
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launch({ executablePath, args: [...args, ...quiet] });
  onTestFinished(() => browser.close());
  return browser;
}

/** A page from its file, and everything that it complains about or asks for. */
async function open(
  browser: Browser,
  file: string,
  look: BrowserContextOptions,
): Promise<{ page: Page; problems: string[] }> {
  const page = await (await browser.newContext(look)).newPage();
  const url = pathToFileURL(file).href;
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:'))
      problems.push(`asks for ${request.url()}`);
  });
  await page.goto(url);
  return { page, problems };
}
