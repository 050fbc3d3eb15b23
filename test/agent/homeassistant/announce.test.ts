import { BehaviorSubject, Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { announceBoards } from '../../../agent/homeassistant/announce.ts';

it('tells of a board when it comes and at every connection, takes it away when it is forgotten, and leaves it to another agent', () => {
  const connected$ = new BehaviorSubject(true);
  const [boards$, released$, forgotten$] = [
    new Subject<string>(),
    new Subject<string>(),
    new Subject<string>(),
  ];
  const told: string[] = [];
  const said = () => told.splice(0);
  const announcing = announceBoards(
    {
      connected$,
      publish: (topic, payload, options) => void told.push(`${topic} ${payload} ${options?.retain}`),
    },
    { topicOf: (board) => board, describe: (board) => ({ board }), boards$, released$, forgotten$ },
  );
  boards$.next('desk');
  boards$.next('door');
  expect(said()).toEqual(['desk {"board":"desk"} true', 'door {"board":"door"} true']);

  connected$.next(false);
  connected$.next(true);
  expect(said()).toEqual(['desk {"board":"desk"} true', 'door {"board":"door"} true']);

  forgotten$.next('desk');
  expect(said()).toEqual(['desk  true']);
  released$.next('door');
  connected$.next(true);
  expect(said()).toEqual([]);

  announcing.unsubscribe();
  boards$.next('desk');
  expect(said()).toEqual([]);
});
