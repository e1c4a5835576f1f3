/** The inventory: how fresh it is, and reading accounts again. */
import { useState } from "./html.js";
import { Problem, get, newKey, path, write } from "./api.js";
import { usePoll } from "./state.js";

/** When the account that was read longest ago was read: `null` if one was never read. */
export function oldest(sources) {
  const times = sources.map(({ as_of }) => as_of);
  return times.includes(null) ? null : times.sort()[0];
}

/** Reads accounts again: `{sync, problem, running, start}`. `done` is called when every account has been read. */
export function useSync(accounts, done) {
  const [sync, setSync] = useState(null);
  const [problem, setProblem] = useState(null);
  const running = Boolean(sync) && !sync.ended_at && !problem;
  const attempt = async (call) => {
    try {
      return (await call()).data;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return null;
    }
  };
  const start = async () => {
    setProblem(null);
    setSync(await attempt(() => write("POST", "/v1/syncs", { accounts }, { key: newKey() })));
  };
  usePoll(async () => {
    const now = await attempt(() => get(path("syncs", sync.id)));
    if (!now) return;
    setSync(now);
    if (now.ended_at) done();
  }, 500, running);
  return { sync, problem, running, start };
}
