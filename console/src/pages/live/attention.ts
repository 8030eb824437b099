// Which outlets somebody should look at.
import type { OutletNow } from "../../feed/shapes";

export const isLate = (one: OutletNow): boolean => one.visit !== null && (one.visit.late_min > 0 || one.visit.short_kwh !== null);
export const needsAttention = (one: OutletNow): boolean => one.look === "offline" || one.look === "fault" || isLate(one);
