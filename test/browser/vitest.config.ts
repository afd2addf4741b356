/**
 * The tests that need a browser: `npm run test:browser`, apart from all others.
 */
import { defineConfig } from "vitest/config"
import base from "../../vitest.config.ts"

export default defineConfig({ test: { ...base.test, include: ["test/browser/**/*.browser.ts"] } })
