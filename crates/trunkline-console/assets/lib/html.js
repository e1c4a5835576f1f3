/** The one place where the view library is put together, with tagged templates instead of a compiler. */
import { h, Fragment, render, createContext } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { h, Fragment, render, createContext };
export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";

export const html = htm.bind(h);
