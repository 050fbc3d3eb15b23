import { BehaviorSubject, Subject } from 'rxjs';
import type { AgentHealth } from '../protocols/topics.ts';

/** What can be asked of the streams of an agent while they run. */
export class Control {
  /** While it is true, readings are counted and answered no more. */
  readonly paused$ = new BehaviorSubject(false);
  /** Somebody wants to know how the agent is, now. */
  readonly healthWanted$ = new Subject<void>();
  /** What runs here has changed. */
  readonly infoChanged$ = new Subject<void>();
  /** Set by the streams when they run. */
  health: (() => Promise<AgentHealth>) | undefined;
  /** The text for Prometheus; likewise. */
  metrics: (() => Promise<string>) | undefined;
}
