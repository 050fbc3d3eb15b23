import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../agent/demo/ports.ts';
import type { RunningAgent } from '../../../agent/run.ts';
import { writeRecordings } from '../../../protocols/recording.ts';
import { agentHealth } from '../../../protocols/topics.ts';
import { REPOSITORY } from '../../tools.ts';
import { batch, eventually, mqttClient, runAgent, temporaryFolder } from '../rig.ts';
import { steady } from '../serial-boards.ts';
import { type Family, readPrometheusText } from './prometheus-text.ts';

const OPEN = { port: 0, open: true };

async function scrape({ metrics }: RunningAgent): Promise<Map<string, Family>> {
  const response = await fetch(metrics!.url);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return readPrometheusText(await response.text());
}

/** The one value of a metric, or the one with this label. */
function figureOf(families: Map<string, Family>, name: string, label?: string): number | undefined {
  return families
    .get(name)
    ?.samples.find(({ labels }) => label === undefined || Object.values(labels).includes(label))?.value;
}

describe('the metrics of an agent', () => {
  it('tell what became of readings, windows and predictions, as the health does', async () => {
    const agent = await runAgent({ metrics: OPEN });
    const { topics } = agent;
    const { port, credentials } = agent.broker!;
    const before = await scrape(agent);
    expect(figureOf(before, 'tinyllm_readings_total')).toBe(0);
    expect(figureOf(before, 'tinyllm_readings_refused_total', 'unknownChannel')).toBe(0);

    const board = await mqttClient(port, credentials.board);
    await board.publishAsync(topics.readings('wrist-01'), batch(1), { qos: 1 });
    await board.publishAsync(topics.readings('wrist-02'), batch(-1), { qos: 1 });
    await board.publishAsync(topics.readings('wrist-02'), '[{"v": {"nose": 1}}, "what"]', { qos: 1 });

    await eventually(async () => {
      const health = agentHealth.parse(await agent.operator.do('health'));
      const { windows, outbox, latencyMs } = health;
      expect(health.predictions).toBeGreaterThanOrEqual(4);
      expect([health.refused.malformed, outbox.waiting]).toEqual([1, 0]);

      const after = await scrape(agent);
      const told = (name: string, label?: string) => figureOf(after, `tinyllm_${name}`, label);
      expect(told('readings_total')).toBe(health.readings);
      expect(told('readings_refused_total', 'unknownChannel')).toBe(1);
      expect(told('readings_refused_total', 'malformed')).toBe(1);
      expect(told('readings_unused_total', 'late')).toBe(health.late);
      for (const [name, count] of Object.entries(windows)) expect(told(`windows_${name}_total`)).toBe(count);
      expect(told('windows_answered_total')).toBe(health.predictions);
      expect(told('windows_abandoned_total')).toBe(0);
      expect(told('predictions_published_total')).toBe(health.predictions);
      const latencies = after.get('tinyllm_prediction_latency_seconds')!.samples;
      expect(latencies.at(-1)!.value).toBe(health.predictions);
      expect(latencies.at(-2)!.value).toBeLessThanOrEqual((health.predictions * latencyMs.p95!) / 1000);
      expect([told('boards_known'), told('boards_online')]).toEqual([2, 2]);
      expect(told('outbox_delivered_messages_total')).toBe(outbox.delivered);
      const events = after.get('tinyllm_episode_events_total')!.samples.map(({ value }) => value);
      expect(events.reduce((sum, count) => sum + count)).toBe(outbox.delivered - health.predictions);
      expect([told('outbox_waiting_messages'), told('outbox_oldest_age_seconds')]).toEqual([0, 0]);
      expect([told('broker_connected'), told('broker_reconnects_total')]).toEqual([1, 0]);
      expect(told('embedded_broker_clients')).toBe(health.broker?.clients);
      expect(told('process_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(told('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), -1);
    });
    const after = await scrape(agent);
    expect(after.get('tinyllm_model_info')?.samples).toEqual([
      {
        name: 'tinyllm_model_info',
        labels: { task: 'sign', model: 'sign-test', bundle_hash: '0'.repeat(64) },
        value: 1,
      },
    ]);
  });

  it('name no board, however many there are and whatever they are called', async () => {
    const agent = await runAgent({ metrics: OPEN });
    const { port, credentials } = agent.broker!;
    const lines = async () => (await (await fetch(agent.metrics!.url)).text()).split('\n');
    const before = await lines();
    const board = await mqttClient(port, credentials.board);
    const names = Array.from({ length: 50 }, (_, i) => `made-up-${i}`);
    await Promise.all(
      names.map((name) => board.publishAsync(agent.topics.readings(name), batch(1), { qos: 1 })),
    );
    await eventually(() => expect(agent.meter.boards).toBe(50));
    const after = await lines();
    expect(after.length).toBe(before.length);
    expect(after.join()).not.toContain('made-up');
  });

  it('name the links of the configuration, whatever they are called', async () => {
    const path = '/dev/"tty"\\n{x="1"}\n\u2028';
    const agent = await runAgent({ metrics: OPEN, source: { kind: 'serial', ports: [{ path }] } });
    const open = (await scrape(agent)).get('tinyllm_serial_port_open');
    expect(open?.samples).toEqual([{ name: 'tinyllm_serial_port_open', labels: { link: path }, value: 0 }]);
  });

  it('tell that a broker is away, and what waits for it', async () => {
    const first = await runAgent();
    const { port, credentials } = first.broker!;
    const broker = { url: `mqtt://127.0.0.1:${port}`, ...credentials.agent };
    const recordings = join(await temporaryFolder(), 'steady.jsonl');
    await writeRecordings(recordings, [steady(1)]);
    const source = { kind: 'replay' as const, recordings };
    const agent = await runAgent({ agent: 'away', broker, source, metrics: OPEN });
    await eventually(async () => {
      expect(figureOf(await scrape(agent), 'tinyllm_outbox_delivered_messages_total')).toBeGreaterThan(0);
    });
    await first.stop();
    await eventually(async () => {
      const told = await scrape(agent);
      expect(figureOf(told, 'tinyllm_broker_connected')).toBe(0);
      expect(figureOf(told, 'tinyllm_outbox_waiting_messages')).toBeGreaterThan(0);
      expect(figureOf(told, 'tinyllm_outbox_oldest_age_seconds')).toBeGreaterThan(0.2);
      expect(figureOf(told, 'tinyllm_outbox_oldest_age_seconds')).toBeLessThan(60);
    });
  });

  it('are served by an agent in a process of its own', async () => {
    const folder = await temporaryFolder();
    const config = join(folder, 'agent.yaml');
    const port = await freePort('127.0.0.1', 9464);
    const metrics = { port };
    const broker = { embedded: { port: 0 } };
    await writeFile(config, JSON.stringify({ site: 'lab', agent: 'hub', bundle: 'none', broker, metrics }));
    const program = join(import.meta.dirname, '..', 'agent-process.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, config, folder], {
      cwd: REPOSITORY,
      stdio: 'ignore',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const families = await eventually(async () => {
      const { viewer } = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'));
      const authorization = `Basic ${Buffer.from(`viewer:${viewer}`).toString('base64')}`;
      const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization } });
      expect(response.status).toBe(200);
      return readPrometheusText(await response.text());
    });
    expect(figureOf(families, 'tinyllm_broker_connected')).toBe(1);
    expect(figureOf(families, 'tinyllm_process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(figureOf(families, 'tinyllm_process_start_time_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  });
});
