// Parts that every page uses.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";

export function Panel(props: { title: string; aside?: ComponentChildren; children: ComponentChildren; id?: string }): JSX.Element {
  return (
    <section class="panel" {...(props.id ? { id: props.id } : {})}>
      <div class="row panel-head">
        <h2 class="grow">{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="empty">{children}</div>;
}

/** What went wrong, told at once to who listens. */
export function Wrong({ text }: { text: string | null }): JSX.Element | null {
  return text === null ? null : (
    <p class="note bad" role="alert">
      {text}
    </p>
  );
}

/** One of several: a group of buttons, of which one is pressed. */
export function Choice<T extends string>(props: {
  name: string;
  of: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}): JSX.Element {
  return (
    <div class="row" role="group" aria-label={props.name}>
      {props.of.map(({ value, label }) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onChange(value)}>
          {label}
        </button>
      ))}
    </div>
  );
}

/** A bar against a limit. value, limit, tick in the same unit; over the scale it is cut off and coloured. */
export function Bar(props: { value: number | null; scale: number; tick?: number | null; label: string; colour?: string }): JSX.Element {
  const share = props.value === null || props.scale <= 0 ? 0 : Math.max(0, Math.min(1, Math.abs(props.value) / props.scale));
  const limit = props.tick ?? props.scale;
  const ratio = props.value === null || limit <= 0 ? 0 : Math.abs(props.value) / limit;
  const colour = props.colour ?? (ratio >= 0.98 ? "var(--hot)" : ratio >= 0.85 ? "var(--warm)" : "var(--good)");
  const at = props.tick === null || props.tick === undefined || props.scale <= 0 ? null : Math.min(1, props.tick / props.scale) * 100;
  return (
    <svg class="bar" role="img" aria-label={props.label} viewBox="0 0 100 10" preserveAspectRatio="none">
      <rect x="0" y="1" width="100" height="8" fill="var(--raised)" />
      <rect x="0" y="1" width={share * 100} height="8" fill={colour} />
      {at !== null && <line x1={at} x2={at} y1="0" y2="10" stroke="var(--limit)" stroke-width="3" vector-effect="non-scaling-stroke" />}
    </svg>
  );
}

/** A drawer over the page: takes the focus, gives it back, closes with Escape. */
export function Drawer(props: { title: ComponentChildren; label: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      // A dialog that has left the page gives nothing back by itself.
      (before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.getElementById("main"))?.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="drawer"
      aria-label={props.label}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={(event) => {
        if (event.target === box.current) props.onClose();
      }}
    >
      <div class="drawer-inner">
        <div class="row">
          <h2 class="grow">{props.title}</h2>
          <button type="button" onClick={props.onClose}>
            <Icon name="close" />
            Close
          </button>
        </div>
        {props.children}
      </div>
    </dialog>
  );
}
