// What a path says about what stands in it.
#include "engine/path_context.h"

#include <catch2/catch.hpp>

namespace staunch {

TEST_CASE("paths of tests, documentation, foreign code, machine-made files and translations", "[path_context]") {
  struct Row {
    const char* path;
    PathContext context;
  };
  const Row rows[] = {
      {"src/main.py", PathContext::none},
      {"", PathContext::none},
      {"config/production.env", PathContext::none},
      {"contest/entry.cc", PathContext::none},
      {"latest/app.yaml", PathContext::none},
      {"src/Testimony.java", PathContext::none},
      {"tests/unit/app.py", PathContext::test},
      {"app/login.spec.ts", PathContext::test},
      {"app/login_test.go", PathContext::test},
      {"app/LoginTest.java", PathContext::test},
      {"src/DataFixtures/UserFixtures.php", PathContext::test},
      {"t/t0302-credential-store.sh", PathContext::test},
      {"SPEC/models/user.rb", PathContext::test},
      {"C:\\work\\tests\\a.cs", PathContext::test},
      {"backup.zip!tests/a.cs", PathContext::test},
      {"README.md", PathContext::documentation},
      {"docs/setup.txt", PathContext::documentation},
      {".env.example", PathContext::documentation},
      {"config/parameters.yml.dist", PathContext::documentation},
      {"dist/app.js", PathContext::none},
      {"vendor/github.com/a/b.go", PathContext::foreign},
      {"web/node_modules/a/b.js", PathContext::foreign},
      {"yarn.lock", PathContext::made},
      {"go.sum", PathContext::made},
      {"web/app.min.js", PathContext::made},
      {"locales/de.json", PathContext::translation},
      {"po/de.po", PathContext::translation},
      {"hudson/model/Messages_pt_BR.properties", PathContext::translation},
      {"i/index_nl.properties", PathContext::translation},
      {"config/app.properties", PathContext::none},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    CHECK(path_context(row.path) == row.context);
  }
}

TEST_CASE("notes are told from documentation by their folder", "[path_context]") {
  for (const char* path : {"README.md", "a/notes.MD", "ops/runbook.adoc", "CHANGES.rst"}) {
    INFO(path);
    CHECK(is_prose_alone(path));
  }
  for (const char* path : {"docs/setup.md", "examples/a.rst", "sample.md", "docs/setup.txt", ".env.example",
                           "app.yml.dist", "tests/notes.md", "a.py", ""}) {
    INFO(path);
    CHECK_FALSE(is_prose_alone(path));
  }
}

TEST_CASE("programs are told from configuration by their ending", "[path_context]") {
  CHECK(is_program("a/b.py"));
  CHECK(is_program("A.CPP"));
  CHECK_FALSE(is_program("a/.env"));
  CHECK_FALSE(is_program("a.yaml"));
  CHECK_FALSE(is_program("Dockerfile"));
  CHECK_FALSE(is_program(""));
}

}  // namespace staunch
