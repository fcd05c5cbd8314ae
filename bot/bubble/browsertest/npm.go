package browsertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// RequireNPM is the environment variable that turns missing npm packages from a reason to
// skip into a failure.
const RequireNPM = "LATCHKEY_REQUIRE_NPM"

// NeedNPM skips the test when the packages that package.json pins are not installed. What needs
// them asks by itself; a test may ask first, before it does anything else.
func NeedNPM(t testing.TB) {
	t.Helper()
	const how = "npm ci --prefix bot/bubble/browsertest"
	for _, name := range []string{"axe-core/axe.min.js", ".bin/tsc"} {
		if _, err := os.Stat(npm(t, name)); err == nil {
			continue
		}
		if os.Getenv(RequireNPM) == "1" {
			t.Fatalf("no npm packages, and %s is set; to install them: %s", RequireNPM, how)
		}
		t.Skipf("no npm packages; to install them: %s", how)
	}
}

// npm is the path of an installed file.
func npm(t testing.TB, name string) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Dir(here)
	if !filepath.IsAbs(folder) { // built with -trimpath
		out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "latchkey/bot/bubble/browsertest").Output()
		if err != nil {
			t.Fatalf("where browsertest is: %v", err)
		}
		folder = strings.TrimSpace(string(out))
	}
	return filepath.Join(folder, "node_modules", filepath.FromSlash(name))
}

// TypeCheck fails the test when TypeScript finds an error in the project of a folder: its
// tsconfig.json says which files and how strictly.
func TypeCheck(t testing.TB, dir string) {
	t.Helper()
	NeedNPM(t)
	out, err := exec.Command(npm(t, ".bin/tsc"), "--noEmit", "--pretty", "false", "-p", dir).CombinedOutput()
	if err != nil {
		t.Errorf("tsc -p %s: %v\n%s", dir, err, out)
	}
}
