import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dashboardLink } from '../../../agent/dashboard/link.ts';
import type { RunningAgent } from '../../../agent/run.ts';
import { REPOSITORY, requireTool } from '../../tools.ts';
import { startDemo } from '../demo/running-demo.ts';
import { shippedBrain } from '../demo/shipped-brain.ts';
import { batch, mqttClient, runAgent } from '../rig.ts';

const ARTIFACTS = join(REPOSITORY, 'test', '.artifacts');
const LOOKS = [
  { name: 'desktop-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light', deviceScaleFactor: 2 },
  { name: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark', deviceScaleFactor: 2 },
] as const satisfies (BrowserContextOptions & { name: string })[];

beforeAll(() => {
  mkdirSync(ARTIFACTS, { recursive: true });
});

it('a browser shows the gestures as the model names them', async (test) => {
  const browser = await chromiumFor(requireTool('chromium', test));
  const demo = await startDemo('gesture', await shippedBrain('gesture'));

  const pages = await Promise.all(
    LOOKS.map(async ({ name, ...look }) => ({
      name,
      ...(await open(browser, demo.start.dashboardUrl, look)),
    })),
  );
  for (const { name, page, problems } of pages) {
    await page.locator('.label[data-state=known]').waitFor();
    // The line that the signal draws has to fill the chart first.
    await page.locator('#history li:nth-child(3)').waitFor();
    expect(['Tap', 'Double', 'Hold']).toContain(await page.locator('#history .name').first().textContent());
    expect(await page.locator('#bars li').count()).toBe(3);
    expect(await page.locator('#connection').textContent()).toBe('Live');
    expect(await page.locator('#boards button').allTextContents()).toEqual(['desk-01']);
    expect(await page.locator('#agents').textContent()).toMatch(
      /^Agent demo is online.* [\d,.\s]+ readings.*memory \d+ MB$/,
    );

    await page.locator('.label[data-state=known]').waitFor();
    const path = join(ARTIFACTS, `${name}.png`);
    await page.screenshot({ path, fullPage: name.startsWith('phone') });
    expect(statSync(path).size).toBeGreaterThan(10_000);

    expect(page.url(), 'the password is out of the address bar').toBe(new URL('/', page.url()).href);
    expect(await coloursOnChart(page)).toBeGreaterThan(4);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  }
});

it('asks whoever comes without the link to sign in, and finds the site by itself', async (test) => {
  const browser = await chromiumFor(requireTool('chromium', test));
  const { start } = await startDemo('gesture', await shippedBrain('gesture'));
  const link = new URL(start.dashboardUrl);
  const { page, problems } = await open(browser, new URL('/', link).href, LOOKS[2]);

  await page.locator('#sign-in').waitFor();
  expect(await page.getByLabel("Broker's WebSocket port").inputValue()).toBe('9001');
  await page.screenshot({ path: join(ARTIFACTS, 'sign-in.png') });
  await page.locator('[name=port]').fill(/@(\d+)/.exec(link.hash)![1]!);
  await page.locator('[name=password]').fill('wrong');
  await page.locator('[type=submit]').click();
  await page.getByText('The broker refused this user and password.').waitFor();

  await page.locator('[name=password]').fill(start.mqtt.password);
  await page.locator('[type=submit]').click();
  await page.locator('#boards button').waitFor();
  await page.screenshot({ path: join(ARTIFACTS, 'waiting.png') });

  await page.reload();
  await page.locator('.label[data-state=known]').waitFor();
  expect(await page.locator('#sign-in').isVisible()).toBe(false);
  expect(problems).toEqual([]);
});

it('reaches a broker elsewhere without asking for its port', async (test) => {
  const browser = await chromiumFor(requireTool('chromium', test));
  const { broker } = await runAgent({ broker: { embedded: { port: 0, websocketPort: 0 } } });
  const { dashboard } = await runAgent({
    agent: 'guest',
    broker: {
      url: `mqtt://127.0.0.1:${broker!.port}`,
      websocketUrl: `ws://127.0.0.1:${broker!.websocketPort}`,
      ...broker!.credentials.agent,
    },
    dashboard: { port: 0 },
  });
  const { page, problems } = await open(browser, dashboard!.url, LOOKS[0]);
  await page.locator('[name=password]').fill(broker!.credentials.viewer.password);
  expect(await page.locator('[name=port]').isVisible()).toBe(false);
  await page.locator('[type=submit]').click();
  await page.getByText('Agent guest is online').waitFor();
  expect(problems).toEqual([]);
});

it('shows the newest answer of each task of a board', async (test) => {
  const browser = await chromiumFor(requireTool('chromium', test));
  const agent = await runAgentWithDashboard();
  const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
  const now = Date.now();
  const tell = (task: string, label: string, ageMs: number) =>
    client.publishAsync(
      agent.topics.prediction('wrist-01'),
      JSON.stringify({
        ...{ id: `${task}${ageMs}`, ts: now - ageMs, task, label, p: 0.9, model: task, agent: 'hub' },
        ...{
          window: { start: now - ageMs - 3000, end: now - ageMs },
          latencyMs: 5,
          unknown: false,
          value: {},
        },
        probs: { [label]: 0.9, neither: 0.1 },
      }),
      { qos: 1 },
    );
  const pages = await Promise.all(
    [LOOKS[0], LOOKS[3]].map(async ({ name, ...look }) => ({
      name,
      ...(await open(browser, linkTo(agent), look)),
    })),
  );
  for (const { page } of pages) await page.getByText('Agent hub is online').waitFor();
  await client.publishAsync(agent.topics.readings('wrist-01'), '{"v":{"accel.x":1}}', { qos: 1 });
  await tell('swim', 'freestyle', 400);
  await tell('activity', 'walking', 300);
  await tell('swim', 'butterfly', 200);

  for (const { name, page, problems } of pages) {
    await page.locator('.label', { hasText: 'butterfly' }).waitFor();
    expect(await page.locator('#answers .label').allTextContents()).toEqual(['butterfly', 'walking']);
    expect(await page.locator('#answers .task').allTextContents()).toEqual(['swim', 'activity']);
    expect(await page.locator('#bars .name').allTextContents()).toEqual([
      ...['butterfly', 'neither'],
      ...['walking', 'neither'],
    ]);
    expect((await page.locator('#history .task').allTextContents()).slice(0, 2)).toEqual([
      'swim',
      'activity',
    ]);
    await page.screenshot({ path: join(ARTIFACTS, `two-tasks-${name}.png`), fullPage: true });
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  }
});

/** What is no message of the contract, below `tinyllm/<site>/`. */
const NONSENSE: readonly (readonly [topic: string, ...payloads: string[]])[] = [
  [
    'wrist-01/readings',
    'null',
    '7',
    '[null, 5, [1]]',
    '{"v": null}',
    '{"v": 5}',
    '{"rows": 5}',
    '{"rows": [5, null]}',
    '{"t0": 1, "rateHz": 0, "channels": ["accel.x"], "rows": [[1]]}',
    '{"t0": {}, "rateHz": 5, "channels": 5, "rows": [[1]]}',
    '{"t": 1e300, "v": {"accel.x": 1}, "units": null}',
  ],
  [
    'wrist-01/prediction',
    'null',
    '5',
    '[]',
    '{}',
    '{"window": null}',
    '{"task": "x", "ts": 1e300, "window": {"start": 1, "end": 2}, "label": "x", "p": 1, "latencyMs": 1, "probs": {}}',
    '{"task": "x", "ts": 1, "window": {"start": 1, "end": 2}, "label": "x", "p": 1, "latencyMs": 1, "probs": {"x": "1"}, "value": {}}',
    '{"task": "x", "ts": 1, "window": {"start": 1, "end": 2}, "label": null, "p": 1, "latencyMs": 1, "probs": {}, "value": {"x": {"mean": "1", "sd": 1, "unit": "m"}}}',
  ],
  ['bridge/other/health', 'null', '{}', '{"readings": 1, "predictions": 1, "rssMb": 1}'],
  ['bridge/other/info', '[]', '{}'],
  ['bridge/other/state', '5', '{"state": {}}'],
];

describe('a page on which nonsense arrives', () => {
  it('passes it by, goes on, and names the unit that was sent', async (test) => {
    const browser = await chromiumFor(requireTool('chromium', test));
    const agent = await runAgentWithDashboard();
    const { page, problems } = await open(browser, linkTo(agent), LOOKS[0]);
    await page.getByText('Agent hub is online').waitFor();

    const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
    for (const [topic, ...payloads] of NONSENSE) {
      for (const payload of payloads)
        await client.publishAsync(`${agent.topics.base}/${topic}`, payload, { qos: 1 });
    }
    const inG = JSON.stringify({ ...JSON.parse(batch(0.1)), units: { 'accel.x': 'g' } });
    await client.publishAsync(agent.topics.readings('wrist-01'), inG, { qos: 1 });

    await page.locator('#history .name', { hasText: 'plus' }).first().waitFor();
    await page.getByLabel('Live signal of wrist-01: accel.x in g').waitFor();
    expect(await page.locator('#agents p').count()).toBe(1);
    expect(problems).toEqual([]);
  });

  it('says of an agent what it could not do in time', async (test) => {
    const browser = await chromiumFor(requireTool('chromium', test));
    const agent = await runAgentWithDashboard();
    const { page, problems } = await open(browser, linkTo(agent), LOOKS[0]);
    await page.getByText('Agent hub is online').waitFor();
    expect(await page.locator('#agents .trouble').count()).toBe(0);

    const client = await mqttClient(agent.broker!.port, agent.broker!.credentials.agent);
    const health = { readings: 9, predictions: 1, rssMb: 150, latencyMs: {}, windows: { missed: 4 } };
    await client.publishAsync(`${agent.topics.base}/bridge/slow/health`, JSON.stringify(health), { qos: 1 });
    await page.locator('#agents .trouble', { hasText: '4 windows not answered' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('hears the next message although it failed over one', async (test) => {
    const browser = await chromiumFor(requireTool('chromium', test));
    const agent = await runAgentWithDashboard();
    const { page } = await open(browser, new URL('/', linkTo(agent)).href, LOOKS[0]);
    const { username, password } = agent.broker!.credentials.viewer;
    const signIn = { username, password, port: agent.broker!.websocketPort, site: 'lab' };
    const heard =
      await page.evaluate(`import('/connection.js').then(({ follow }) => new Promise((resolve) => {
      const heard = [];
      const message = ([, , kind]) => {
        heard.push(kind);
        if (heard.length === 3) resolve(heard.sort());
        throw new Error('a mistake in the page');
      };
      follow(${JSON.stringify(signIn)}, { state() {}, refused() {}, message });
    }))`);
    expect(heard).toEqual(['health', 'info', 'state']);
  });
});

const runAgentWithDashboard = () =>
  runAgent({ broker: { embedded: { port: 0, websocketPort: 0 } }, dashboard: { port: 0 } });

const linkTo = ({ dashboard, broker }: RunningAgent): string =>
  dashboardLink(dashboard!.url, broker!.credentials.viewer, {
    websocketPort: broker!.websocketPort!,
    site: 'lab',
  });

async function chromiumFor(executablePath: string): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  onTestFinished(() => browser.close());
  return browser;
}

/** A page, and everything that it complains about. */
async function open(
  browser: Browser,
  url: string,
  look: BrowserContextOptions,
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext(look);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('requestfailed', (request) => problems.push(`${request.url()} failed`));
  await page.goto(url);
  return { page, problems };
}

/** How many colours the chart holds: a blank one has one, a caption and four lines have more. */
const coloursOnChart = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const canvas = document.getElementById('chart');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
