@echo off
cd /d "%~dp0"
py -3.11 -m venv venv
if errorlevel 1 (
  echo 需要 Python 3.11，请先安装。
  pause
  exit /b 2
)
venv\Scripts\python -m pip install --quiet --no-index --find-links wheels --require-hashes -r requirements.txt
if errorlevel 1 ( pause & exit /b 3 )
venv\Scripts\python -m pip install --quiet --no-index --no-deps --no-build-isolation -e zhikong
if errorlevel 1 ( pause & exit /b 3 )
venv\Scripts\zhikong doctor --home home
echo 已安装。把报告卡文件放入 home\inbox，再双击“今日运行”。
pause
