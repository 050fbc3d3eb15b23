import { isDeepStrictEqual } from 'node:util';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { Admission, AgentConfig } from './config.ts';

/** What can change while the agent runs; all else belongs to what was opened at its start. */
const LIVE = ['schedules', 'availability', 'health', 'admission', 'guards', 'log'] as const;

/** What a reload came to: keys of the configuration. */
export interface Reloaded {
  readonly changed: readonly string[];
  /** These have changed in the file and wait for the next start. */
  readonly needRestart: readonly string[];
}

/** The configuration as it holds now. */
export class LiveConfig {
  readonly changes$: Observable<AgentConfig>;
  readonly #subject: BehaviorSubject<AgentConfig>;

  constructor(config: AgentConfig) {
    this.#subject = new BehaviorSubject(config);
    this.changes$ = this.#subject.asObservable();
  }

  get now(): AgentConfig {
    return this.#subject.value;
  }

  /** The rule of the moment for whoever holds on to it. */
  get admission(): Admission {
    const now = () => this.now.admission;
    return {
      get futureToleranceMs() {
        return now().futureToleranceMs;
      },
      get pastToleranceMs() {
        return now().pastToleranceMs;
      },
    };
  }

  /** Take over what can change while running. */
  apply(next: AgentConfig): Reloaded {
    const keys = [...new Set([...Object.keys(this.now), ...Object.keys(next)])] as (keyof AgentConfig)[];
    const differing = keys.filter((key) => !isDeepStrictEqual(this.now[key], next[key]));
    const isLive = (key: string): boolean => (LIVE as readonly string[]).includes(key);
    const changed = differing.filter(isLive);
    if (changed.length > 0) {
      const live = Object.fromEntries(LIVE.map((key) => [key, next[key]]));
      this.#subject.next({ ...this.now, ...live });
    }
    return { changed, needRestart: differing.filter((key) => !isLive(key)) };
  }
}
