/**
 * What Playwright 1.65 switches off with `--disable-features`. Chromium heeds only the last such argument, so adding to the list means
 * repeating it; a test holds it against what Playwright really passes.
 */
const PLAYWRIGHT_DISABLES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
]

export const PLAYWRIGHT_DISABLE_FEATURES = `--disable-features=${PLAYWRIGHT_DISABLES.join(',')}`

/** Arguments for Chromium beside Playwright's own. As root it has no sandbox to use; everybody else keeps it. */
export const chromiumSwitches = (): string[] => [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  // It does not call home, nor speak over UDP.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // After every navigation Chromium starts a renderer for the next site. A run's context is used once and then closed, so nearly all of them
  // are started for nothing: a seventh of the processor time of a run (docs/performance.md).
  `${PLAYWRIGHT_DISABLE_FEATURES},SpareRendererForSitePerProcess`,
  // Cloud metadata services answer credentials to whoever asks from the machine: no page is to reach them, by name or by number.
  '--host-resolver-rules=MAP 169.254.* ~NOTFOUND, MAP metadata.google.internal ~NOTFOUND, MAP [fd00:ec2::254] ~NOTFOUND',
]
